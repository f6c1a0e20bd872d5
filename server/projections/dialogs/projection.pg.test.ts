import { afterAll, expect, test } from 'vitest';
import type { DialogBody } from '../../../contract/dialogs.ts';
import { seededLatency } from '../../channels/voice/simulated/latency.ts';
import { addToOutbox, type Outbox } from '../../delivery/outbox.ts';
import type { Event } from '../../domain/events.ts';
import { asId, asKey, type CallId, type RequestId, type SpaceId } from '../../domain/ids.ts';
import { sandbox, testSpace } from '../../domain/testing/space.ts';
import { startDesk } from '../../flows/testing/desk.ts';
import { type Following, follow } from '../../journal/follow.ts';
import { openPgJournal } from '../../journal/pg-journal.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import { StreamVersions } from '../supervision/testing/stories.ts';
import { type DialogEndpoint, DialogsFollower } from './projection.ts';
import type { Subscriptions } from './subscriptions.ts';
import { anAttempt, callOfFixtures, eventsOfFixtures, nineBodies } from './testing/campaign.ts';
import { inWords } from './testing/told.ts';

const database = await testDatabase();
const journal = openPgJournal({ database, log: silentLog, clock: realClock });
afterAll(() => journal.close());
const versions = new StreamVersions();
const happen = (space: SpaceId, events: readonly Event[]) => journal.append(versions.appendOf(space, events));
let spaces = 0;
const newSpace = () => asId<SpaceId>(++spaces);

test('the nine bodies wait in the outbox, in their order, for the call', async () => {
  const space = newSpace();
  await happen(space, eventsOfFixtures());
  const woken: number[] = [];
  await applyAll(space, { endpoints: [anEndpoint(7)], woken });
  const waiting = await pushesOf(space);
  expect(waiting.map(({ body }) => JSON.parse(body))).toEqual(nineBodies());
  expect(new Set(waiting.map(({ key }) => key))).toEqual(new Set([callOfFixtures]));
  expect(waiting[0]).toMatchObject({
    call_id: callOfFixtures,
    number: '48600700800',
    event_name: 'dialog_create',
    content_type: 'application/json',
    occurred_at: new Date('2020-08-26T12:59:36Z'),
  });
  expect(woken).toContain(7);
});

test('exactly once over stops and starts between any two events; nothing is kept of a call that has ended', async () => {
  const space = newSpace();
  for (const event of eventsOfFixtures()) {
    await happen(space, [event]);
    await applyAll(space, { endpoints: [anEndpoint(7)] });
  }
  expect(await wordsIn(space)).toEqual(inWords(nineBodies()));
  expect(await liveCallsOf(space)).toBe(0);
});

test('exactly once when a page fails after its pushes were written', async () => {
  const space = newSpace();
  await happen(space, eventsOfFixtures());
  let failures = 3;
  const outbox: Outbox = {
    async add(tx, pushes) {
      const ids = await addToOutbox(tx, pushes);
      if (pushes.length > 0 && failures-- > 0) throw new Error('the database went away');
      return ids;
    },
    wake: () => {},
  };
  await applyAll(space, { endpoints: [anEndpoint(7)], outbox, pageSize: 5 });
  expect(failures).toBeLessThan(0);
  expect(await wordsIn(space)).toEqual(inWords(nineBodies()));
});

test('exactly once when two processes follow', async () => {
  const space = newSpace();
  await happen(space, eventsOfFixtures());
  const both = [1, 2].map(() => begin(space, { endpoints: [anEndpoint(7)], pageSize: 1 }));
  await Promise.all(both.map((following) => following.caughtUp()));
  await Promise.all(both.map((following) => following.stop()));
  expect(await wordsIn(space)).toEqual(inWords(nineBodies()));
});

test('each endpoint gets what it has asked for; one that is added in the middle of a call gets the rest', async () => {
  const space = newSpace();
  const contactsOnly: Subscriptions = {
    dialog_create: { active: true, filter: { dialog_type: ['EXTERNAL'] } },
    dialog_state_update: { active: false },
    dialog_close: { active: true, filter: { close_cause: ['HANGUP'] } },
  };
  const [all, contacts, late] = [anEndpoint(1), anEndpoint(2, contactsOnly), anEndpoint(3)];
  const events = eventsOfFixtures();
  const middle = events.findIndex(({ type }) => type === 'call.talking');
  await happen(space, events.slice(0, middle));
  await applyAll(space, { endpoints: [all, contacts] });
  await happen(space, events.slice(middle));
  await applyAll(space, { endpoints: [all, contacts, late] });

  const words = inWords(nineBodies());
  expect(await wordsIn(space, 1)).toEqual(words);
  expect(await wordsIn(space, 2)).toEqual(['contact created ringing', 'contact closed HANGUP']);
  expect((await pushesOf(space, 3)).map(({ body }) => JSON.parse(body))).toEqual(nineBodies().slice(5));
});

test('what is told of a request leaves after its last call; of one that was never called, by itself', async () => {
  const space = newSpace();
  const [created] = eventsOfFixtures();
  const { campaign, project, request: snapshot, dial: contact } = anAttempt();
  const request = asKey<RequestId>(snapshot.id);
  const about = {
    campaign,
    project,
    snapshot,
    consultant: null,
    contact,
    lastDialogs: { consultant: null, contact: null },
  };
  await happen(space, [
    ...eventsOfFixtures(),
    {
      type: 'request.closed',
      request,
      at: created!.at,
      about: { ...about, lastCall: callOfFixtures },
      dialogs: [],
      recordedCall: callOfFixtures,
    },
    { type: 'request.consultant_retry', request, at: created!.at, about: { ...about, lastCall: null } },
  ]);
  await applyAll(space, { endpoints: [anEndpoint(7)] });
  const [closed, retry] = (await pushesOf(space)).slice(9);
  expect(closed).toMatchObject({ key: callOfFixtures, event_name: 'voice_campaign_request_closed' });
  expect(JSON.parse(closed!.body)).toMatchObject({ recording_url: `https://parley.example/${callOfFixtures}` });
  expect(retry).toMatchObject({ key: request, call_id: null, event_name: 'voice_campaign_request_consultant_retry' });
});

test('200 campaign calls at once: the nine of each call are in order', async () => {
  const space = newSpace();
  const names = Array.from({ length: 200 }, (_, index) => `Agent ${index}`);
  const desk = await startDesk({ agents: names, latencyMs: seededLatency(5, 300) });
  await desk.advance(1_000);
  const dial = { trunk: sandbox, number: '48600700808' };
  const asked = names.map((name) =>
    desk.asks({ ask: 'callContact', user: desk.agent(name).user, campaign: anAttempt({ dial }) }),
  );
  await desk.advance(2_000);
  await Promise.all(asked);
  expect(desk.centre.liveCalls(testSpace)).toBe(200);
  await desk.advance(20_000);

  await happen(space, desk.events());
  await applyAll(space, { endpoints: [anEndpoint(1)], pageSize: 97 });
  const byKey = Map.groupBy(await pushesOf(space, 1), ({ key }) => key as CallId);
  expect(byKey.size).toBe(200);
  for (const pushes of byKey.values()) {
    expect(inWords(pushes.map(({ body }) => JSON.parse(body) as DialogBody))).toEqual(inWords(nineBodies()));
  }
  expect(await liveCallsOf(space)).toBe(0);
});

interface Setup {
  endpoints: DialogEndpoint[];
  outbox?: Outbox;
  pageSize?: number;
  woken?: number[];
}

function anEndpoint(id: number, subscriptions: Subscriptions | null = null): DialogEndpoint {
  return { id, subscriptions };
}

function begin(space: SpaceId, { endpoints, outbox, pageSize, woken }: Setup): Following {
  const follower = new DialogsFollower({
    outbox: outbox ?? { add: addToOutbox, wake: (ids) => woken?.push(...ids) },
    endpoints: { of: (of) => (of === space ? endpoints : []) },
    recordingUrl: (call) => `https://parley.example/${call}`,
  });
  return follow({
    database,
    journal,
    follower,
    log: silentLog,
    clock: realClock,
    spaces: [space],
    ...(pageSize === undefined ? {} : { pageSize }),
  });
}

/** One life of a process: from its start until it has told everything. */
async function applyAll(space: SpaceId, setup: Setup): Promise<void> {
  const following = begin(space, setup);
  await following.caughtUp();
  await following.stop();
}

interface PushRow {
  key: string;
  call_id: string | null;
  number: string | null;
  event_name: string;
  content_type: string;
  occurred_at: Date;
  body: string;
}

/** In the order in which they leave. */
async function pushesOf(space: SpaceId, endpoint = 7): Promise<PushRow[]> {
  const { rows } = await database.query<PushRow>(
    `select p.key, call_id, number, event_name, content_type, occurred_at, body
       from outbox o join pushes p on p.space_id = o.space_id and p.id = o.push_id
      where o.space_id = $1 and o.endpoint_id = $2 order by o.position`,
    [space, endpoint],
  );
  return rows;
}

async function wordsIn(space: SpaceId, endpoint = 7): Promise<string[]> {
  return inWords((await pushesOf(space, endpoint)).map(({ body }) => JSON.parse(body) as DialogBody));
}

async function liveCallsOf(space: SpaceId): Promise<number> {
  const { rows } = await database.query('select from dialog_calls where space_id = $1', [space]);
  return rows.length;
}
