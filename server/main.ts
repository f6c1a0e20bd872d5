// Builds everything in the order of the line, starts it, and stops it in reverse. start/ has what a step takes.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TimedEngine } from './channels/voice/timed.ts';
import { type Config, readConfig } from './config.ts';
import { INBOX_PATH, openDelivery } from './delivery/delivery.ts';
import { streamSessions } from './delivery/stream/sessions.ts';
import { streamHub } from './delivery/stream/socket.ts';
import { callerAddress } from './delivery/stream/caller-address.ts';
import { keepStreamTidy } from './delivery/stream/upkeep.ts';
import { wsRoute } from './delivery/stream/ws-route.ts';
import { CheckpointFollower, readCheckpoint, recoverFloor } from './flows/checkpoint.ts';
import { openBroadcasts } from './flows/broadcasts/broadcasts.ts';
import { openCampaigns } from './flows/campaigns/campaigns.ts';
import { UrlAsker } from './flows/ivr/url-asker.ts';
import { RunningCentre } from './flows/running-centre.ts';
import { Sounds } from './flows/sounds.ts';
import { buildHttp } from './http/server.ts';
import type { Journal } from './journal/journal.ts';
import { openPgJournal } from './journal/pg-journal.ts';
import { Background } from './platform/background.ts';
import { realClock } from './platform/clock.ts';
import { type Database, openDatabase } from './platform/db.ts';
import { addressPolicy } from './platform/guarded-http/addresses.ts';
import { openHome } from './platform/home.ts';
import { newAttemptId, newCallId, newLegId } from './platform/ids.ts';
import { type Log, openLog } from './platform/log.ts';
import { metricsFollower, openMetrics } from './projections/metrics.ts';
import { registrarOf } from './platform/own-address.ts';
import { onStopRequest, StopList } from './platform/shutdown.ts';
import { startFailureText } from './platform/start-failure.ts';
import { callHistory } from './projections/calls/history.ts';
import { callsFollower } from './projections/calls/projection.ts';
import { DialogsFollower } from './projections/dialogs/projection.ts';
import { ReportsFollower } from './projections/reports/projection.ts';
import { supervisionFollower } from './projections/supervision/projection.ts';
import { startDatabase } from './start/database.ts';
import { fillIfNew, startDemo } from './start/demo.ts';
import { Followers } from './start/followers.ts';
import { listen, requireFreePort, urlAt } from './start/listening.ts';
import { openChannel } from './start/message-channels.ts';
import { startVoice } from './start/voice.ts';
import { openAccounts } from './store/accounts.ts';
import { openCallNumbers } from './store/call-numbers.ts';
import { channelSetups } from './store/channel-setups.ts';
import { type Directories, openDirectories } from './store/directory.ts';
import { FloorLease } from './store/floor-lease.ts';
import { groups } from './store/groups.ts';
import { audioOfSound } from './store/sounds.ts';

const clock = realClock;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** What is still to be written when all else has stopped: after a full drain, too, the end comes within 10 s. */
const lastWritesLimitMs = 2_000;
/** Carriers that have been given a message have so long to answer it, and the good-bye, at the stop. */
const carriersLimitMs = 4_000;
/** A balancer that asks /readyz does not wait long. */
const readyLimitMs = 1_000;
/** What befalls a message within a quarter of a second is then one write: of thousands a second, but not of a few. */
const reportsRest = (events: number): number => Math.min(250, 50 + events / 10);

async function start(config: Config, log: Log, stops: StopList): Promise<string> {
  const home = await openHome(config.home, { onWait: () => log.info('waiting for the server before to end') });
  stops.add('home', () => home.release());
  await requireFreePort(config);
  const background = new Background({ log });
  stops.add('background work', () => background.close());

  const [db, { engine, recordings }] = await both(startDatabase(config, log, stops), startVoice(config, log, stops));
  const floors = new FloorLease({
    ...{ database: db, clock, background, log },
    holder: home.id,
    lost: () => {
      log.fatal('another server has taken over the calls of this database');
      process.kill(process.pid, 'SIGTERM');
    },
  });
  await floors.take();
  stops.add('floor lease', () => floors.giveBack());
  const voice = new TimedEngine({ engine, clock, observe: (ms) => metrics.answerTook(ms) });
  const journal = openPgJournal({ database: db, log, clock, closeLimitMs: lastWritesLimitMs });
  stops.add('journal', () => journal.close(), 6_000);
  await fillIfNew(config, db);
  const directories = await openDirectories({ db, log });
  stops.add('directories', () => directories.close());
  const accounts = await openAccounts({ db, log, clock });
  stops.add('accounts', () => accounts.close());
  const numbers = await openCallNumbers(db, background);
  const version = await ownVersion();
  const { allowTargets } = config;
  const monotonicMs = (): number => performance.now();
  const urls = new UrlAsker({
    ...{ policy: addressPolicy(allowTargets), version, monotonicMs },
    ownInbox: () => (delivery.ownOrigin === null ? null : { origin: delivery.ownOrigin, path: INBOX_PATH }),
  });
  stops.add('questions to customers', () => urls.close());

  const read = (sound: number): ReturnType<typeof audioOfSound> => audioOfSound(db, sound);
  const sounds = new Sounds({ voice, directories, read, clock, background, log });
  stops.add('sounds', () => sounds.close());
  await sounds.start();

  const centre = new RunningCentre({
    journal,
    voice,
    clock,
    ids: { leg: newLegId, call: () => newCallId(clock.now()), number: () => numbers.next() },
    settings: directories,
    ask: (question, signal) => urls.ask(question, signal),
    recover: async (space) => (await recoverFloor(journal, space, await readCheckpoint(db, space))).floor,
    background,
    log,
  });
  stops.add('voice engine', () => voice.close());
  stops.add('flows', () => centre.close());

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
  const followers = new Followers({ address: db.address, journal, clock, log, stops });
  const metrics = openMetrics({
    liveCalls: () => directories.spaces().reduce((sum, space) => sum + centre.liveCalls(space), 0),
    agents: () => countAgents(directories, centre),
    streamClients: () => hub.clients,
    journalLag: () => followers.lag(),
  });

  const deliveryDb = openDatabase(db.address, { log, max: 6 });
  stops.add('connections of delivery', () => deliveryDb.close());
  const delivery = await openDelivery({
    ...{ database: deliveryDb, clock, log, background, allowTargets, version },
    registry: metrics.registry,
  });
  stops.add('endpoints', () => delivery.close());

  followers.add(supervisionFollower({ onFrames: () => hub.wake() }), 40);
  stops.add('stream upkeep', keepStreamTidy({ database: db, sessions, clock, background }));
  followers.add(new CheckpointFollower({ journal }), 500, 2_000);
  followers.add(metricsFollower(metrics), 500, 2_000);
  const calls = followers.add(callsFollower(), 100);
  const publicUrl = config.http.publicUrl ?? urlAt(config, config.http.port);
  followers.add(
    new DialogsFollower({
      outbox: delivery.outbox,
      endpoints: delivery.endpoints,
      recordingUrl: (call) => `${publicUrl}/api/v1/calls/${call}/recording`,
    }),
    50,
  );
  followers.add(new ReportsFollower({ outbox: delivery.outbox, endpoints: delivery.endpoints }), reportsRest, 5_000);
  const campaigns = openCampaigns({
    ...{ db, journal, centre, directories, clock, background, log },
    newCallId: () => newCallId(clock.now()),
    follow: (follower) => followers.add(follower, 100),
  });
  const broadcasts = openBroadcasts({
    ...{ db, journal, directories, clock, background, log, registry: metrics.registry },
    newAttemptId: () => newAttemptId(clock.now()),
    read: () => channelSetups(db),
    open: (setup, listener) => openChannel(setup, listener, { db, clock, background, log }),
  });
  await centre.start();

  const http = await buildHttp({
    db,
    directories,
    accounts,
    centre,
    campaigns: campaigns.desk,
    broadcasts: broadcasts.desk,
    callHistory: callHistory({ database: db, journal, caughtUp: (withinMs, space) => calls.caughtUp(withinMs, space) }),
    recordings,
    delivery,
    askUrl: (asked) => urls.ask(asked),
    soundsSettled: (withinMs) => sounds.settled(withinMs),
    clock,
    log,
    registrar: registrarOf(config.sip),
    metrics,
    ready: () => missing(db, journal, centre),
    version,
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
  stops.add('http', () => http.close());
  stops.add('streams', () => hub.close());
  const url = await listen(http, config);
  await delivery.start(url);
  stops.add('delivery', () => delivery.stop());
  campaigns.keeper.start();
  await broadcasts.start();
  // First of all in stopping: whoever follows the stream sees the calls end.
  stops.add(
    'calls and messages',
    () => both(centre.drain(config.drainMs), broadcasts.stop(carriersLimitMs)),
    Math.max(config.drainMs, carriersLimitMs) + 3_000,
  );
  stops.add('campaigns', () => campaigns.keeper.stop());

  const desks = { desk: campaigns.desk, broadcasts: broadcasts.desk };
  const demoParts = { db, directories, centre, ...desks, delivery, clock, background, log, stops };
  if (config.demo !== false) await startDemo(demoParts, url);
  return url;
}

/** What takes its time side by side. Both have ended when this rejects, so that what has started is stopped. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

/** A seventh of an idle server's memory, and nothing would ever ask for it back. Takes some 60 ms, while nobody waits yet. */
function dropWhatTheStartLeft(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
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
  const lacks = { database: !database, voice: !centre.voiceUp, draining: centre.isDraining };
  return Object.entries(lacks).flatMap(([name, isLacking]) => (isLacking ? [name] : []));
}

async function ownVersion(): Promise<string> {
  return (JSON.parse(await readFile(here('../package.json'), 'utf8')) as { version: string }).version;
}

async function main(): Promise<void> {
  const config = readConfig();
  const log = openLog({ level: config.logLevel });
  const stops = new StopList({ log });
  const end = async (code: number): Promise<never> => process.exit((await stops.stop()) ? code : 1);
  let asked = false;
  onStopRequest((reason) => {
    asked = true;
    log.info({ reason }, 'stopping');
    void end(0);
  });
  if (config.unknown.length > 0) log.warn({ variables: config.unknown }, 'variables that mean nothing here');
  try {
    const url = await start(config, log, stops);
    dropWhatTheStartLeft();
    process.stdout.write(`ready ${url}\n`);
  } catch (error) {
    if (asked) return; // It fails because it was stopped; whoever asked for it ends the process.
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
