// Builds everything in the order of the line, starts it, and stops it in reverse. Alone knows the adapters.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asteriskDialplan } from './channels/voice/asterisk/dialplan.ts';
import { AsteriskEngine } from './channels/voice/asterisk/engine.ts';
import type { VoiceEngine } from './channels/voice/engine.ts';
import { fetchRecording } from './channels/voice/asterisk/stored-recordings.ts';
import { SimulatedEngine } from './channels/voice/simulated/engine.ts';
import { TimedEngine } from './channels/voice/timed.ts';
import { type Config, readConfig } from './config.ts';
import { DemoLife } from './demo/callers.ts';
import { demoCampaignOf, fillDemoCampaign, leadIntoInbox } from './demo/campaign.ts';
import { DemoConsultant } from './demo/consultant.ts';
import { type DemoAccess, demo, fillDemoSpace, isDemoSpace } from './demo/space.ts';
import { openDelivery } from './delivery/delivery.ts';
import { streamSessions } from './delivery/stream/sessions.ts';
import { streamHub } from './delivery/stream/socket.ts';
import { callerAddress } from './delivery/stream/caller-address.ts';
import { keepStreamTidy } from './delivery/stream/upkeep.ts';
import { wsRoute } from './delivery/stream/ws-route.ts';
import { AppError } from './errors.ts';
import { CheckpointFollower, readCheckpoint, recoverFloor } from './flows/checkpoint.ts';
import { openCampaigns } from './flows/campaigns/campaigns.ts';
import { RunningCentre } from './flows/running-centre.ts';
import type { Recordings } from './http/recordings.ts';
import { buildHttp } from './http/server.ts';
import { type Following, follow } from './journal/follow.ts';
import type { Follower, Journal } from './journal/journal.ts';
import { openPgJournal } from './journal/pg-journal.ts';
import { installAsterisk } from './platform/asterisk/install.ts';
import { endAsteriskOf, startAsterisk } from './platform/asterisk/asterisk.ts';
import { Background } from './platform/background.ts';
import { realClock } from './platform/clock.ts';
import { type Database, openDatabase } from './platform/db.ts';
import { openHome } from './platform/home.ts';
import { newCallId, newLegId } from './platform/ids.ts';
import { type Log, openLog } from './platform/log.ts';
import { metricsFollower, openMetrics } from './projections/metrics.ts';
import { registrarOf } from './platform/own-address.ts';
import { externalPostgres, startPostgres } from './platform/postgres/postgres.ts';
import { onStopRequest, StopList } from './platform/shutdown.ts';
import { listenFailure, startFailureText } from './platform/start-failure.ts';
import { callHistory } from './projections/calls/history.ts';
import { callsFollower } from './projections/calls/projection.ts';
import { DialogsFollower } from './projections/dialogs/projection.ts';
import { supervisionFollower } from './projections/supervision/projection.ts';
import { openAccounts } from './store/accounts.ts';
import { openCallNumbers } from './store/call-numbers.ts';
import { type Directories, openDirectories } from './store/directory.ts';
import { groups } from './store/groups.ts';
import { migrate } from './store/migrate.ts';

const clock = realClock;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const stopLimitMs = 5_000;
/** What is still to be written when all else has stopped: after a full drain, too, the end comes within 10 s. */
const lastWritesLimitMs = 2_000;
/** A balancer that asks /readyz does not wait long. */
const readyLimitMs = 1_000;

/** The voice engine and the process behind it, if it is ours. */
interface Voice {
  engine: VoiceEngine;
  recordings: Recordings;
}

async function start(config: Config, log: Log, stops: StopList): Promise<string> {
  const home = await openHome(config.home, { onWait: () => log.info('waiting for the server before to end') });
  stops.add('home', () => home.release(), stopLimitMs);
  await requireFreePort(config);
  const background = new Background({ log });
  stops.add('background work', () => background.close(), stopLimitMs);

  const [db, { engine, recordings }] = await both(startDatabase(config, log, stops), startVoice(config, log, stops));
  const voice = new TimedEngine({ engine, clock, observe: (ms) => metrics.answerTook(ms) });
  const journal = openPgJournal({ database: db, log, clock, closeLimitMs: lastWritesLimitMs });
  stops.add('journal', () => journal.close(), stopLimitMs + 1_000);
  await fillIfNew(config, db);
  const directories = await openDirectories({ db, log });
  stops.add('directories', () => directories.close(), stopLimitMs);
  const accounts = await openAccounts({ db, log, clock });
  stops.add('accounts', () => accounts.close(), stopLimitMs);
  const numbers = await openCallNumbers(db, background);

  const centre = new RunningCentre({
    journal,
    voice,
    clock,
    ids: { leg: newLegId, call: () => newCallId(clock.now()), number: () => numbers.next() },
    settings: directories,
    recover: async (space) => (await recoverFloor(journal, space, await readCheckpoint(db, space))).floor,
    background,
    log,
  });
  stops.add('voice engine', () => voice.close(), stopLimitMs);
  stops.add('flows', () => centre.close(), stopLimitMs);

  const addressOf = callerAddress(config.trustedProxies);
  const sessions = streamSessions({ database: db, clock });
  const hub = streamHub({
    database: db,
    sessions,
    directories,
    clock,
    log,
    background,
    origins: config.origins,
    addressOf,
  });
  accounts.onRevoked((user) => background.run('cut a revoked stream', hub.revoke(user)));
  const followings: Following[] = [];
  const metrics = openMetrics({
    liveCalls: () => directories.spaces().reduce((sum, space) => sum + centre.liveCalls(space), 0),
    agents: () => countAgents(directories, centre),
    streamClients: () => hub.clients,
    journalLag: async () => (await Promise.all(followings.map((following) => following.lag()))).flat(),
  });
  // Connections of their own: a page never waits behind a request, nor a request behind pages.
  const followersDb = openDatabase(db.address, { log, max: 6 });
  stops.add('connections of followers', () => followersDb.close(), stopLimitMs);
  const deliveryDb = openDatabase(db.address, { log, max: 6 });
  stops.add('connections of delivery', () => deliveryDb.close(), stopLimitMs);
  const { allowTargets } = config;
  const delivery = await openDelivery({
    database: deliveryDb,
    clock,
    log,
    background,
    allowTargets,
    version: await version(),
  });
  stops.add('endpoints', () => delivery.close(), stopLimitMs);
  const followBy = (follower: Follower, restMs: number): Following => {
    const following = follow({ database: followersDb, journal, follower, log, clock, restMs });
    stops.add(`follower ${follower.name}`, () => following.stop(), stopLimitMs);
    followings.push(following);
    return following;
  };
  followBy(supervisionFollower({ onFrames: () => hub.wake() }), 10);
  stops.add('stream upkeep', keepStreamTidy({ database: db, sessions, clock, background }), stopLimitMs);
  followBy(new CheckpointFollower({ journal }), 500);
  followBy(metricsFollower(metrics), 500);
  const calls = followBy(callsFollower(), 50);
  const publicUrl = config.http.publicUrl ?? urlAt(config, config.http.port);
  followBy(
    new DialogsFollower({
      outbox: delivery.outbox,
      endpoints: delivery.endpoints,
      recordingUrl: (call) => `${publicUrl}/api/v1/calls/${call}/recording`,
    }),
    10,
  );
  const campaigns = openCampaigns({
    ...{ db, journal, centre, directories, clock, background, log },
    newCallId: () => newCallId(clock.now()),
    follow: (follower) => followBy(follower, 10),
  });
  await centre.start();

  const http = await buildHttp({
    db,
    directories,
    accounts,
    centre,
    campaigns: campaigns.desk,
    callHistory: callHistory({ database: db, journal, caughtUp: () => calls.caughtUp() }),
    recordings,
    delivery,
    clock,
    log,
    registrar: registrarOf(config.sip),
    metrics,
    ready: () => missing(db, journal, centre),
    version: await version(),
    adminKey: config.adminKey,
    trustedProxies: config.trustedProxies,
    origins: config.origins === 'any' ? [] : config.origins,
    tls: config.http.tls && { cert: await readFile(config.http.tls.cert), key: await readFile(config.http.tls.key) },
    livePage: here('../web/live'),
  });
  await http.register(
    wsRoute({
      accounts,
      directories,
      groupsOf: (space) => groups.list(db, space, { after: 0, limit: 10_000 }),
      sessions,
      origins: config.origins,
      addressOf,
      log,
    }),
  );
  hub.attach(http.server);
  stops.add('http', () => http.close(), stopLimitMs);
  stops.add('streams', () => hub.close(), stopLimitMs);
  const url = await listen(http, config);
  await delivery.start(url);
  stops.add('delivery', () => delivery.stop(), stopLimitMs);
  campaigns.keeper.start();
  // First of all in stopping: whoever follows the stream sees the calls end.
  stops.add('calls', () => centre.drain(config.drainMs), config.drainMs + stopLimitMs);
  stops.add('campaigns', () => campaigns.keeper.stop(), stopLimitMs);

  for (const space of config.demo === false ? [] : directories.spaces()) {
    const directory = directories.of(space);
    if (!directory || !isDemoSpace(directory)) continue;
    const life = new DemoLife({ space, centre, directory: () => directories.of(space), clock, background, log });
    stops.add('demo', () => life.stop(), stopLimitMs);
    await life.start();
    await leadIntoInbox(db, space, url);
    await delivery.endpoints.refresh(space);
    const campaign = await demoCampaignOf(db, space);
    const user = [...directory.users.values()].find(({ username }) => username === demo.consultant)?.id;
    if (campaign === undefined || user === undefined) continue;
    await fillDemoCampaign(db, space, campaign, clock.now());
    const parts = { db, desk: campaigns.desk, centre, space, campaign, user, clock, background, log };
    const consultant = new DemoConsultant(parts);
    stops.add('demo consultant', () => consultant.stop(), stopLimitMs);
    consultant.start();
  }
  return url;
}

/** PostgreSQL and Asterisk take their time side by side. Both have ended starting when this rejects, so that both stop. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

async function startDatabase(config: Config, log: Log, stops: StopList): Promise<Database> {
  const { url } = config.database;
  const postgres = url ? externalPostgres(url) : await startPostgres({ home: config.home, log });
  stops.add('postgres', () => postgres.stop(), 8_000);
  const db = openDatabase(postgres.address, { log });
  stops.add('database connections', () => db.close(), stopLimitMs);
  await migrate(db);
  return db;
}

async function startVoice(config: Config, log: Log, stops: StopList): Promise<Voice> {
  const { engine, ari } = config.voice;
  // One that a killed server has left, if the home has changed its mind since: it would hold the port and its calls.
  if (engine === 'simulated' || ari) await endAsteriskOf(config.home);
  if (engine === 'simulated') {
    const folder = join(config.home, 'recordings');
    return {
      engine: new SimulatedEngine({ clock, log, newLegId, recordingsFolder: folder }),
      recordings: recordingsIn(folder),
    };
  }
  const mediaAddress = config.sip.host.startsWith('127.') ? config.sip.host : null;
  if (ari) {
    return {
      engine: new AsteriskEngine({ ari: () => ari, log, mediaAddress }),
      recordings: { open: (recording) => fetchRecording(ari, recording) },
    };
  }
  const install = await installAsterisk({ folder: join(config.home, 'asterisk'), log });
  const asterisk = await startAsterisk({
    home: config.home,
    install,
    config: {
      sipHost: config.sip.host,
      sipPort: config.sip.port,
      publicAddress: config.sip.publicAddress,
      rtp: config.rtp,
    },
    dialplan: asteriskDialplan(),
    log,
  });
  stops.add('asterisk', () => asterisk.stop(), 8_000);
  return {
    engine: new AsteriskEngine({ ari: () => asterisk.ari, log, mediaAddress }),
    recordings: recordingsIn(asterisk.recordingDir),
  };
}

/** On a home without any space, unless PARLEY_DEMO says no. */
async function fillIfNew(config: Config, db: Database): Promise<void> {
  if (config.demo === false) return;
  const { rows } = await db.query('select 1 from spaces limit 1');
  if (rows.length === 0) process.stdout.write(welcome(await fillDemoSpace(db), config));
}

function countAgents(directories: Directories, centre: RunningCentre): Map<string, number> {
  const counts = new Map<string, number>();
  for (const space of directories.spaces()) {
    for (const { state } of centre.agents(space)) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

async function missing(db: Database, journal: Journal, centre: RunningCentre): Promise<string[]> {
  const database = (await db.answers(readyLimitMs)) && journal.available;
  return [...(database ? [] : ['database']), ...(centre.voiceUp ? [] : ['voice'])];
}

function recordingsIn(folder: string): Recordings {
  return {
    async open(recording: string) {
      const path = join(folder, `${basename(recording)}.wav`);
      try {
        const { size } = await stat(path);
        return { stream: createReadStream(path), bytes: size };
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}

async function listen(http: Awaited<ReturnType<typeof buildHttp>>, config: Config): Promise<string> {
  const { host, port } = config.http;
  try {
    await http.listen({ host, port });
  } catch (error) {
    throw listenFailure(error, { host, port, hostVariable: 'PARLEY_HOST', portVariable: 'PARLEY_PORT' });
  }
  const address = http.server.address();
  if (address === null || typeof address === 'string') throw new AppError('setup.failed', 'HTTP listens nowhere.');
  return urlAt(config, address.port);
}

function urlAt({ http: { host, tls } }: Config, port: number): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'https' : 'http'}://${shown}:${port}`;
}

/** Asked before anything is set up: what a start prints only once must not be lost to a port in use. */
async function requireFreePort({ http: { host, port } }: Config): Promise<void> {
  const probe = createServer();
  try {
    await once(probe.listen({ host, port }), 'listening');
  } catch (error) {
    throw listenFailure(error, { host, port, hostVariable: 'PARLEY_HOST', portVariable: 'PARLEY_PORT' });
  }
  await new Promise((resolve) => probe.close(resolve));
}

async function version(): Promise<string> {
  return (JSON.parse(await readFile(here('../package.json'), 'utf8')) as { version: string }).version;
}

/** Written as soon as they are stored: the start may fail after that, and they are never shown again. */
function welcome(access: DemoAccess, { sip }: Config): string {
  const { number, username, password } = access.phone;
  return [
    'The demo space is filled. What follows is shown only now:',
    `  live page and REST  login ${demo.supervisor}  password ${access.supervisorPassword}`,
    `  administration      login ${demo.admin}  password ${access.adminPassword}`,
    `  your softphone      user ${username}  password ${password}  registrar ${registrarOf(sip)} (UDP), number ${number}`,
    '',
  ].join('\n');
}

async function main(): Promise<void> {
  const config = readConfig();
  const log = openLog({ level: config.logLevel });
  const stops = new StopList({ log });
  const end = async (code: number): Promise<never> => process.exit((await stops.stop()) ? code : 1);
  onStopRequest((reason) => {
    log.info({ reason }, 'stopping');
    void end(0);
  });
  if (config.unknown.length > 0) log.warn({ variables: config.unknown }, 'variables that mean nothing here');
  try {
    const url = await start(config, log, stops);
    process.stdout.write(`ready ${url}\n`);
  } catch (error) {
    process.stderr.write(`${startFailureText(error)}\n`);
    await end(1);
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${startFailureText(error)}\n`);
  process.exit(1);
}
