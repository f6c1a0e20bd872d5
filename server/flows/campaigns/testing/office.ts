// An office that works a campaign off: consultants on simulated phones, a sandbox trunk, real PostgreSQL. It can be killed
// between any two steps and started again; the engine's exchange, like a telephone network, lives on.
import { afterAll } from 'vitest';
import { CampaignInput } from '../../../../contract/rest/campaigns.ts';
import { ExtensionInput } from '../../../../contract/rest/extensions.ts';
import { NewRequest } from '../../../../contract/rest/requests.ts';
import { SpaceInput } from '../../../../contract/rest/spaces.ts';
import { TrunkInput } from '../../../../contract/rest/trunks.ts';
import { NewUser } from '../../../../contract/rest/users.ts';
import { SimulatedEngine } from '../../../channels/voice/simulated/engine.ts';
import { Exchange } from '../../../channels/voice/simulated/exchange.ts';
import type { Event } from '../../../domain/events.ts';
import { asId, instant, type SpaceId, type UserId } from '../../../domain/ids.ts';
import { follow, type Following } from '../../../journal/follow.ts';
import type { Journal } from '../../../journal/journal.ts';
import { openPgJournal } from '../../../journal/pg-journal.ts';
import { Background } from '../../../platform/background.ts';
import { type Clock, realClock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/db.ts';
import { newCallId, newLegId } from '../../../platform/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import { testDatabase } from '../../../platform/testing/database.ts';
import { findRequest } from '../../../store/campaign-requests.ts';
import { insertCampaign } from '../../../store/campaigns.ts';
import { openCallNumbers } from '../../../store/call-numbers.ts';
import { commitChange } from '../../../store/changes.ts';
import { type Directories, openDirectories } from '../../../store/directory.ts';
import { extensions } from '../../../store/extensions.ts';
import { projects } from '../../../store/projects.ts';
import { idsAt } from '../../../store/bulk-import.ts';
import { importRequests } from '../../../store/request-import.ts';
import { insertSpace, nextSpaceId } from '../../../store/spaces.ts';
import { trunks } from '../../../store/trunks.ts';
import { users } from '../../../store/users.ts';
import { readCheckpoint, recoverFloor } from '../../checkpoint.ts';
import { RunningCentre } from '../../running-centre.ts';
import { openCampaigns } from '../campaigns.ts';

export interface Office {
  db: Database;
  space: SpaceId;
  users: UserId[];
  server: Server;
  exchange: Exchange;
  /** Of campaigns only: telephones go on in their own time. */
  clock: { skewMs: number };
  /** A campaign with these contacts; the ids of the requests, in order. */
  campaign(
    numbers: readonly string[],
    differing?: Partial<CampaignInput>,
  ): Promise<{ place: { space: SpaceId; campaign: string }; requests: string[] }>;
  request(
    place: { space: SpaceId; campaign: string },
    id: string,
  ): Promise<NonNullable<Awaited<ReturnType<typeof findRequest>>>>;
  /** As an administrator changes an extension. */
  changesPhone(id: number, phone: Record<string, unknown>): Promise<void>;
  /** Everything in the journal. */
  events(): Promise<Event[]>;
  /** kill -9, and a new start. */
  restart(): Promise<void>;
}

type Server = Awaited<ReturnType<typeof startServer>>;

export async function openOffice(): Promise<Office> {
  const db = await testDatabase();
  const space = await nextSpaceId(db);
  const note = (action: 'create' | 'update', resource: string) => () => ({
    ...{ space, action, resource, resourceId: null, changes: null },
    actor: { type: 'system' as const, id: null, name: null, address: null },
  });
  const set = await commitChange(db, space, {
    doing: 'save',
    note: note('create', 'spaces'),
    work: async (tx) => {
      const about = { name: 'Office', code: '000', username: 'office', time_zone: 'Europe/Paris' };
      await insertSpace(tx, space, SpaceInput.parse(about));
      const people: UserId[] = [];
      for (const [index, name] of ['Ana', 'Bob'].entries()) {
        const person = {
          username: name.toLowerCase(),
          firstname: name,
          surname: 'Nowak',
          role: 'agent',
          password: 'x',
        };
        const { id } = await users.insert(tx, space, NewUser.parse(person));
        const phone = { number: `10${index}`, type: 'phone', user_id: id, sandbox: true };
        await extensions.insert(tx, space, ExtensionInput.parse(phone));
        people.push(asId<UserId>(id));
      }
      const trunk = { name: 'Sandbox', type: 'sandbox', outbound: true, calls_per_second: 1_000 };
      await trunks.insert(tx, space, TrunkInput.parse(trunk));
      const project = await projects.insert(tx, space, { name: 'Insurance', presentation_number: '33140000000' });
      return { people, project: project.id };
    },
  });
  const exchange = new Exchange({ clock: realClock });
  const clock = { skewMs: 0 };
  const shifted: Clock = { ...realClock, now: () => instant(realClock.now() + clock.skewMs) };
  const office: Office = {
    ...{ db, space, exchange, clock, users: set.people },
    server: await startServer(db, exchange, shifted),
    async campaign(numbers, differing = {}) {
      const input = CampaignInput.parse({
        ...{ name: `Campaign ${idsAt(Date.now())()}`, project_id: set.project, dialing_method: 'PREVIEW' },
        ...{ user_ids: set.people, state: 'running', ...differing },
      });
      const { id } = await insertCampaign(db, space, { id: idsAt(Date.now())(), at: Date.now() }, input);
      const place = { space, campaign: id };
      const accepted = numbers.map((number) => ({ number, request: NewRequest.parse({ contact_number: number }) }));
      const batches = async function* () {
        yield { accepted, refused: [] };
      };
      await importRequests(db, place, { now: realClock.now(), priority: 200 }, batches());
      const sql = 'select id from campaign_requests where campaign_id = $1 order by id';
      const { rows } = await db.query<{ id: string }>(sql, [id]);
      return { place, requests: rows.map((row) => row.id) };
    },
    request: async (place, id) => (await findRequest(db, id, place))!,
    async changesPhone(id, phone) {
      await commitChange(db, space, {
        doing: 'save',
        note: note('update', 'extensions'),
        work: (tx) => extensions.replace(tx, space, id, ExtensionInput.parse(phone)),
      });
    },
    async events() {
      return (await office.server.journal.readSpace(space, 0, 100_000)).map(({ event }) => event);
    },
    async restart() {
      await office.server.stop();
      office.server = await startServer(db, exchange, shifted);
    },
  };
  for (const user of set.people) {
    await office.server.centre.request(space, { ask: 'setAgentState', user, state: 'available', pause: null });
  }
  afterAll(() => office.server.stop());
  return office;
}

async function startServer(db: Database, exchange: Exchange, clock: Clock) {
  const log = silentLog;
  const background = new Background({ log });
  const journal: Journal = openPgJournal({ database: db, log, clock: realClock });
  const directories: Directories = await openDirectories({ db, log });
  const numbers = await openCallNumbers(db, background);
  const voice = new SimulatedEngine({ clock: realClock, exchange });
  const centre = new RunningCentre({
    ...{ journal, voice, clock: realClock, settings: directories, background, log },
    ask: () => Promise.reject(new Error('No URL is asked.')),
    ids: { leg: newLegId, call: () => newCallId(Date.now()), number: () => numbers.next() },
    recover: async (space) => (await recoverFloor(journal, space, await readCheckpoint(db, space))).floor,
  });
  const following: Following[] = [];
  const campaigns = openCampaigns({
    ...{ db, journal, centre, directories, clock, background, log },
    newCallId: () => newCallId(Date.now()),
    follow: (follower) => {
      const one = follow({ database: db, journal, follower, log, clock: realClock });
      following.push(one);
      return one;
    },
  });
  await centre.start();
  let stopped = false;
  return {
    ...{ journal, centre, voice, directories },
    ...campaigns,
    caughtUp: async () => {
      for (const one of following) await one.caughtUp();
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      await campaigns.keeper.stop();
      centre.close();
      for (const one of following) await one.stop();
      await voice.close();
      await background.close();
      await directories.close();
      await journal.close();
    },
  };
}
