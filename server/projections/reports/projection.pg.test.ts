// The reports of contact attempts on their way out, in PostgreSQL.
import { afterAll, describe, expect, test } from 'vitest';
import { type ReportItem, type StatusReport, statusReportSchema } from '../../../contract/reports.ts';
import { findDelivery, listDeliveries } from '../../delivery/deliveries.ts';
import { addToOutbox, type Outbox } from '../../delivery/outbox.ts';
import { tidyDeliveries } from '../../delivery/retention.ts';
import { aSpace } from '../../delivery/testing/rig.ts';
import type { Event } from '../../domain/events.ts';
import { asId, type SpaceId } from '../../domain/ids.ts';
import { type Following, follow } from '../../journal/follow.ts';
import { openPgJournal } from '../../journal/pg-journal.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import { StreamVersions } from '../supervision/testing/stories.ts';
import { ReportsFollower } from './projection.ts';
import type { ReportsEndpoint } from './pushes.ts';
import { AttemptStory, attemptId, start } from './testing/attempts.ts';

const database = await testDatabase();
const journal = openPgJournal({ database, log: silentLog, clock: realClock });
afterAll(() => journal.close());
const versions = new StreamVersions();
const happen = (space: SpaceId, events: readonly Event[]) => journal.append(versions.appendOf(space, events));
/** Beyond those of the table of spaces. */
let spaces = 1_000;
const newSpace = () => asId<SpaceId>(++spaces);

const story = (number: number, media: 'sms' | 'mms' = 'sms') => {
  const attempt = new AttemptStory(number);
  return [attempt.begun({ media }), attempt.sent(1), attempt.received(2), attempt.answered(3, 'Ok')];
};
const statuses = ['SENT', 'RECEIVED', 'ANSWERED'];

test('each change of status waits in the outbox for its attempt, in order, as JSON or XML', async () => {
  const space = newSpace();
  const woken: number[] = [];
  await happen(space, story(1));
  await applyAll(space, { endpoints: [anEndpoint(7), anEndpoint(8, { format: 'xml' })], woken });
  const waiting = await pushesOf(space, 7);
  expect(waiting.map(({ body }) => itemsIn(body)[0]!.status)).toEqual(statuses);
  expect(waiting).toMatchObject(
    statuses.map((status, index) => ({
      ...{ key: attemptId(1), call_id: attemptId(1), number: '+33601020000' },
      ...{ event_name: `sms ${status}`, content_type: 'application/json; charset=utf-8' },
      occurred_at: new Date(start + (index + 1) * 1_000),
    })),
  );
  for (const { body } of waiting) expect(statusReportSchema.parse(JSON.parse(body))).toEqual(JSON.parse(body));
  const xml = await pushesOf(space, 8);
  expect(xml.map(({ content_type }) => content_type)).toEqual(Array(3).fill('application/xml; charset=utf-8'));
  expect(xml.map(({ body }) => /<sms [^>]*status="(\w+)"/.exec(body)?.[1])).toEqual(statuses);
  expect(new Set(woken)).toEqual(new Set([7, 8]));
});

test('exactly once over stops and starts between any two events', async () => {
  const space = newSpace();
  for (const event of story(1)) {
    await happen(space, [event]);
    await applyAll(space, { endpoints: [anEndpoint(7)] });
  }
  expect(await statusesIn(space, 7)).toEqual(statuses);
});

test('exactly once when a page fails after its reports were written', async () => {
  const space = newSpace();
  await happen(space, story(1));
  let failures = 3;
  const outbox: Outbox = {
    async add(tx, pushes) {
      const ids = await addToOutbox(tx, pushes);
      if (pushes.length > 0 && failures-- > 0) throw new Error('the database went away');
      return ids;
    },
    wake: () => {},
  };
  await applyAll(space, { endpoints: [anEndpoint(7)], outbox, pageSize: 2 });
  expect(failures).toBeLessThan(0);
  expect(await statusesIn(space, 7)).toEqual(statuses);
});

test('exactly once when two processes follow', async () => {
  const space = newSpace();
  await happen(space, story(1));
  const both = [1, 2].map(() => begin(space, { endpoints: [anEndpoint(7)], pageSize: 1 }));
  await Promise.all(both.map((following) => following.caughtUp(20_000)));
  await Promise.all(both.map((following) => following.stop()));
  expect(await statusesIn(space, 7)).toEqual(statuses);
});

test('an endpoint that is added later gets what happens from then on, with the whole history', async () => {
  const [space, sms] = [newSpace(), new AttemptStory(1)];
  await happen(space, [sms.begun(), sms.sent(1)]);
  await applyAll(space, { endpoints: [] });
  await happen(space, [sms.received(2)]);
  await applyAll(space, { endpoints: [anEndpoint(7)] });
  const [item] = itemsIn((await pushesOf(space, 7))[0]!.body);
  expect(item!.status_list.map(({ type }) => type)).toEqual(['RECEIVED', 'SENT']);
});

describe('an endpoint that takes several reports in one document', () => {
  const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
  const happens = (space: SpaceId) =>
    happen(
      space,
      // All begin, all are sent, …: the stories of the attempts are mixed.
      [0, 1, 2, 3].flatMap((step) => numbers.map((number) => story(number, number % 2 ? 'sms' : 'mms')[step]!)),
    );

  test('gets those that are known together, each media in its own list, no more than it takes', async () => {
    const space = newSpace();
    await happens(space);
    await applyAll(space, { endpoints: [anEndpoint(7, { maxItems: 50 }), anEndpoint(8, { maxItems: 500 })] });
    const [whole, ...none] = await pushesOf(space, 8);
    expect(none).toEqual([]);
    const { sms, mms, ...rest } = (JSON.parse(whole!.body) as StatusReport).status_report;
    expect([sms?.length, mms?.length, rest]).toEqual([60, 60, { username: '123456789' }]);
    expect(statusReportSchema.parse(JSON.parse(whole!.body))).toEqual(JSON.parse(whole!.body));

    const parts = (await pushesOf(space, 7)).map(({ body }) => itemsIn(body));
    expect(Math.max(...parts.map((items) => items.length))).toBe(50);
    expect(parts.flat()).toHaveLength(120);
  });

  test.each([2, 10, 500])('in order for each attempt, each under one key: at most %i', async (maxItems) => {
    const space = newSpace();
    await happens(space);
    await applyAll(space, { endpoints: [anEndpoint(7, { maxItems })], pageSize: 33 });
    const told = (await pushesOf(space, 7)).flatMap(({ key, body }) => itemsIn(body).map((item) => ({ key, item })));
    const byAttempt = Map.groupBy(told, ({ item }) => item.call_id);
    expect([...byAttempt.keys()].toSorted()).toEqual(numbers.map(attemptId));
    for (const reports of byAttempt.values()) {
      expect(reports.map(({ item }) => item.status)).toEqual(statuses);
      expect(new Set(reports.map(({ key }) => key)).size).toBe(1);
    }
  });

  test('a document has one username', async () => {
    const space = newSpace();
    const [one, two] = [new AttemptStory(1), new AttemptStory(2)];
    await happen(space, [one.begun({ username: 'old' }), two.begun({ username: 'new' }), one.sent(1), two.sent(1)]);
    await applyAll(space, { endpoints: [anEndpoint(7, { maxItems: 500 })] });
    const sent = (await pushesOf(space, 7)).map(({ body }) => JSON.parse(body) as StatusReport);
    expect(sent.map(({ status_report: { username, sms } }) => [username, sms!.map(({ call_id }) => call_id)])).toEqual([
      ['old', [attemptId(1)]],
      ['new', [attemptId(2)]],
    ]);
  });

  test('in XML: the attempts one after the other', async () => {
    const space = newSpace();
    await happens(space);
    await applyAll(space, { endpoints: [anEndpoint(7, { maxItems: 500, format: 'xml' })] });
    const [{ body } = { body: '' }] = await pushesOf(space, 7);
    expect([...body.matchAll(/^ <(sms|mms) /gm)].length).toBe(120);
  });

  test('its deliveries are found by each of their calls and numbers, until they are removed', async () => {
    const space = await aSpace(database);
    const other = new AttemptStory(1002);
    await happen(space, [...story(1001), other.begun({ to: '+33601029999' }), other.sent(1)]);
    await applyAll(space, { endpoints: [anEndpoint(9, { maxItems: 500 }), anEndpoint(10)] });
    const found = async (filter: { call_id?: string; number?: string }) =>
      (await listDeliveries(database, space, filter, { before: null, limit: 50 })).map(
        ({ endpoint_id }) => endpoint_id,
      );
    expect((await found({ call_id: attemptId(1001) })).toSorted(byNumber)).toEqual([9, 10, 10, 10]);
    expect((await found({ call_id: attemptId(1002) })).toSorted(byNumber)).toEqual([9, 10]);
    expect((await found({ number: '+33601029999' })).toSorted(byNumber)).toEqual([9, 10]);
    expect(await found({ call_id: attemptId(1002), number: '+33601020000' })).toEqual([9]);
    expect(await found({ call_id: attemptId(1003) })).toEqual([]);
    const [batch] = await listDeliveries(
      database,
      null,
      { endpoint_id: 9, call_id: attemptId(1002) },
      {
        before: null,
        limit: 1,
      },
    );
    expect(await findDelivery(database, batch!.id)).toMatchObject({ call_id: null, event_name: 'reports' });

    const callsNoted = async () =>
      (await database.query('select from push_calls where space_id = $1', [space])).rowCount;
    expect(await callsNoted()).toBe(4);
    await tidyDeliveries(database, realClock.now() + 1_000 * 86_400_000);
    expect(await callsNoted()).toBe(0);
  });
});

const byNumber = (one: number, other: number) => one - other;

interface Setup {
  endpoints: ReportsEndpoint[];
  outbox?: Outbox;
  pageSize?: number;
  woken?: number[];
}

function anEndpoint(id: number, differs: Partial<ReportsEndpoint> = {}): ReportsEndpoint {
  return { id, format: 'json', statusList: 'full', extended: true, maxItems: 1, ...differs };
}

function begin(space: SpaceId, { endpoints, outbox, pageSize = 500, woken }: Setup): Following {
  const follower = new ReportsFollower({
    outbox: outbox ?? { add: addToOutbox, wake: (ids) => woken?.push(...ids) },
    endpoints: { of: (of) => (of === space ? endpoints : []) },
  });
  return follow({ database, journal, follower, log: silentLog, clock: realClock, spaces: [space], pageSize });
}

/** One life of a process: from its start until it has told everything. */
async function applyAll(space: SpaceId, setup: Setup): Promise<void> {
  const following = begin(space, setup);
  await following.caughtUp(20_000);
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
async function pushesOf(space: SpaceId, endpoint: number): Promise<PushRow[]> {
  const { rows } = await database.query<PushRow>(
    `select p.key, call_id, number, event_name, content_type, occurred_at, body
       from outbox o join pushes p on p.space_id = o.space_id and p.id = o.push_id
      where o.space_id = $1 and o.endpoint_id = $2 order by o.position`,
    [space, endpoint],
  );
  return rows;
}

function itemsIn(body: string): ReportItem[] {
  const { sms = [], mms = [] } = (JSON.parse(body) as StatusReport).status_report;
  return [...sms, ...mms];
}

async function statusesIn(space: SpaceId, endpoint: number): Promise<string[]> {
  return (await pushesOf(space, endpoint)).flatMap(({ body }) => itemsIn(body).map(({ status }) => status));
}
