import { afterAll, describe, expect, test } from 'vitest';
import { updateSchema } from '../../../contract/supervision.ts';
import { after, asId, type SpaceId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import { VirtualClock } from '../../platform/clock.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import { atDesk, queueCall, start } from '../../projections/supervision/testing/stories.ts';
import { type ClientKind, clientKinds, connectClient, liveClient, type TestClient } from './testing/clients.ts';
import { agent, supervisor } from './testing/directory.ts';
import { startStream } from './testing/stream-server.ts';

const database = await testDatabase();
const server = await startStream({ database });
afterAll(() => server.close());
let spaces = 10;
const newSpace = () => asId<SpaceId>(++spaces);
const calls = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => queueCall(from + index, agent, after(start, index * 1_000))).flat();
const cptsOf = ({ updates }: TestClient) => updates.map(({ cpt }) => cpt);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const kinds = Object.keys(clientKinds) as ClientKind[];

describe('every kind of client', () => {
  test('gets the same updates in the same order', async () => {
    const space = newSpace();
    const session = await server.signIn(space);
    const clients = await Promise.all(kinds.map((kind) => liveClient(server.url, { kind, session })));
    for (const events of [atDesk(agent, start), ...upTo(10).map((number) => queueCall(number, agent, start))]) {
      await server.happen(space, events);
    }
    for (const client of clients) await client.received(62);
    for (const client of clients) {
      expect(cptsOf(client)).toEqual(upTo(62));
      expect(client.updates).toEqual(clients[0]!.updates);
      client.close();
    }
    for (const update of clients[0]!.updates) {
      expect(updateSchema.parse(update)).toEqual(update);
      expect(Object.keys(update)).toEqual(['ts', 'elapse', 'event', 'cpt']);
    }
  });

  test.each(kinds)('%s: an update is late by what elapse says, and never by less', async (kind) => {
    const space = newSpace();
    const client = await liveClient(server.url, { kind, session: await server.signIn(space) });
    const sentAt = Math.floor(Date.now() / 1000);
    await server.happen(space, [
      { type: 'agent.paused', user: agent, at: after(asId(Date.now()), -7_500), pause: 'user1', reason: 'asked' },
    ]);
    const [update] = await client.received(1);
    expect(update!.elapse).toBeGreaterThanOrEqual(7);
    expect(update!.elapse).toBeLessThanOrEqual(9);
    expect(update!.ts).toBeGreaterThanOrEqual(sentAt);
    client.close();
  });

  test.each(kinds)('%s: continues after its last cpt, from the log and then live', async (kind) => {
    const space = newSpace();
    await server.happen(space, calls(20));
    await server.told();
    const client = connectClient(server.url, { kind, session: await server.signIn(space), since: 17 });
    await client.received(103);
    await server.happen(space, calls(1, 21));
    await client.received(109);
    expect(cptsOf(client)).toEqual(upTo(126, 18));
    client.close();
  });
});

describe('before and beside a good init', () => {
  test('nothing is told without init, and after 30 s the client is cut', async () => {
    const hubClock = new VirtualClock();
    const quiet = await startStream({ database, hubClock });
    const space = newSpace();
    const client = connectClient(quiet.url, { session: '', noInit: true });
    await new Promise<void>((resolve) => client.socket.on('connect', () => resolve()));
    await quiet.happen(space, calls(1));
    await hubClock.advance(29_000);
    expect(client.socket.connected).toBe(true);
    await hubClock.advance(1_000);
    expect(await client.heard('init_error')).toEqual({ code: 'timeout' });
    await client.heard('disconnect');
    expect(client.updates).toEqual([]);
    await quiet.close();
  });

  test.each<[string, unknown[], string]>([
    ['no arguments', [], 'bad_request'],
    ['another type', ['operator', supervisor, 'x'], 'bad_request'],
    ['no session', ['supervisor', supervisor], 'bad_request'],
    ['a session that is no string', ['supervisor', supervisor, { $ne: '' }], 'bad_request'],
    ['a since that is no number', ['supervisor', supervisor, 'x', { since: 'yesterday' }], 'bad_request'],
    ['an unknown session', ['supervisor', supervisor, 'a'.repeat(48)], 'bad_session'],
  ])('%s: init_error, and the end', async (_title, args, code) => {
    const client = connectClient(server.url, { session: '', noInit: true });
    client.socket.on('connect', () => client.socket.emit('init', ...args));
    expect(await client.heard('init_error')).toEqual({ code });
    await client.heard('disconnect');
  });

  test.each(kinds)("%s: somebody else's target is refused", async (kind) => {
    const session = await server.signIn(newSpace());
    const client = connectClient(server.url, { kind, session, target: 4 });
    expect(await client.heard('init_error')).toEqual({ code: 'bad_session' });
    await client.heard('disconnect');
  });

  test('a second init, good or bad, changes nothing', async () => {
    const space = newSpace();
    const session = await server.signIn(space);
    const client = await liveClient(server.url, { session, target: String(supervisor) });
    client.socket.emit('init', 'supervisor', supervisor, session);
    client.socket.emit('init', 'supervisor', supervisor, 'wrong');
    await server.happen(space, calls(2));
    await client.received(12);
    expect(cptsOf(client)).toEqual(upTo(12));
    expect(client.others).toEqual([]);
    client.close();
  });

  test('two good inits at once, as the sample page sends them, begin one stream', async () => {
    const space = newSpace();
    const session = await server.signIn(space);
    const client = connectClient(server.url, { session, noInit: true });
    await new Promise((resolve) => {
      client.socket.emit('init', 'supervisor', supervisor, session, {}, resolve);
      client.socket.emit('init', 'supervisor', supervisor, session);
    });
    await server.happen(space, calls(1));
    await client.received(6);
    expect(cptsOf(client)).toEqual(upTo(6));
    client.close();
  });

  test('an address that sends many bad inits has to wait, also with a good one', async () => {
    const hammered = await startStream({ database, trustedProxies: ['127.0.0.1/32'] });
    const init = (from: string, session: string) =>
      connectClient(hammered.url, { session, headers: { 'X-Forwarded-For': from } });
    const codes = await Promise.all(upTo(32).map(() => init('203.0.113.7', 'wrong').heard('init_error')));
    expect(codes).toContainEqual({ code: 'bad_session' });
    expect(await init('203.0.113.7', 'wrong').heard('init_error')).toEqual({ code: 'too_many' });
    expect(await init('203.0.113.8', 'wrong').heard('init_error')).toEqual({ code: 'bad_session' });
    await hammered.close();
  });
});

describe('a session', () => {
  test('ends after 2 h for a new init, and a running stream goes on', async () => {
    const clock = new VirtualClock();
    const later = await startStream({ database, clock });
    const space = newSpace();
    const session = await later.signIn(space);
    await clock.advance(2 * 3_600_000 - 1);
    const running = await liveClient(later.url, { session });
    await clock.advance(1);
    const late = connectClient(later.url, { session });
    expect(await late.heard('init_error')).toEqual({ code: 'bad_session' });
    await later.happen(space, calls(1));
    await running.received(6);
    await later.close();
  });

  test('is bound to the address that asked for it', async () => {
    const behindProxy = await startStream({ database, trustedProxies: ['127.0.0.1/32'] });
    const session = await behindProxy.signIn(newSpace());
    const stranger = connectClient(behindProxy.url, { session, headers: { 'X-Forwarded-For': '203.0.113.7' } });
    expect(await stranger.heard('init_error')).toEqual({ code: 'bad_session' });
    const mapped = await liveClient(behindProxy.url, { session, headers: { 'X-Forwarded-For': '::ffff:127.0.0.1' } });
    expect(mapped.others).toEqual([]);
    await behindProxy.close();
  });

  test('of a user whose access was revoked ends at once, and others stay', async () => {
    const [space, other] = [newSpace(), newSpace()];
    const session = await server.signIn(space);
    const client = await liveClient(server.url, { session });
    await database.query("insert into supervision_sessions values ($1, $2, 77, $3, now() + interval '1 hour')", [
      Buffer.from('5f'.repeat(32), 'hex'),
      other,
      '127.0.0.1',
    ]);
    await server.hub.revoke(supervisor);
    await client.heard('session_revoked');
    await client.heard('disconnect');
    expect(await connectClient(server.url, { session }).heard('init_error')).toEqual({ code: 'bad_session' });
    const { rows } = await database.query('select user_id from supervision_sessions where user_id = 77');
    expect(rows).toEqual([{ user_id: 77 }]);
  });
});

test('a session from before a revocation is worth nothing, whether it was deleted or not', async () => {
  const session = await server.signIn(newSpace());
  await database.query('insert into revocations (user_id, version) values ($1, 1)', [supervisor]);
  expect(await connectClient(server.url, { session }).heard('init_error')).toEqual({ code: 'bad_session' });
  await database.query("update revocations set at = now() - interval '1 minute'");
  const client = await liveClient(server.url, { session: await server.signIn(newSpace()) });
  expect(client.others).toEqual([]);
  client.close();
});

describe('the snapshot', () => {
  test.each(kinds)('%s: is true for the last update that the client has got', async (kind) => {
    const space = newSpace();
    const client = await liveClient(server.url, { kind, session: await server.signIn(space) });
    await server.happen(space, [...atDesk(agent, start), ...queueCall(26, agent, start).slice(0, 4)]);
    await client.received(6);
    const snapshot = await client.snapshot();
    expect(snapshot).toMatchObject({
      cpt: 6,
      agents: [
        { id_operator: 8, nom: 'Konsultant Paweł', logged_in: true, status: 'connected', call: { id_call: 26 } },
      ],
      queues: [{ id_queue: 391, nom: 'Support', calls: [{ id_call: 26, id_operator: 8 }] }],
      trunks: [{ id_trunk: 345_940, nom: 'Nord', calls: [] }],
    });
    client.close();
  });

  test('comes instead of what is too old, and the stream goes on after it', async () => {
    const space = newSpace();
    const before = await startStream({ database });
    await before.happen(space, calls(30));
    await before.told();
    await before.close();
    await database.query('delete from supervision_frames where space_id = $1 and cpt <= 100', [space]);
    const client = connectClient(server.url, { session: await server.signIn(space), since: 50 });
    expect(await client.heard('resync')).toMatchObject({ cpt: 180, agents: [{ id_operator: 8 }] });
    const kept = connectClient(server.url, { session: await server.signIn(space), since: 100 });
    await kept.received(80);
    await server.happen(space, calls(1, 900));
    await client.received(6);
    expect(cptsOf(client)).toEqual(upTo(186, 181));
    await kept.received(86);
    expect(cptsOf(kept)).toEqual(upTo(186, 101));
  });

  test('comes to a client that claims to have seen the future', async () => {
    const space = newSpace();
    await server.happen(space, calls(1));
    await server.told();
    const session = await server.signIn(space);
    const client = connectClient(server.url, { session, noInit: true });
    const acknowledged = new Promise((resolve) => {
      client.socket.emit('init', 'supervisor', supervisor, session, { since: 7 }, resolve);
    });
    expect(await client.heard('resync')).toMatchObject({ cpt: 6 });
    expect(await acknowledged, 'where the stream goes on').toEqual({ cpt: 6 });
    const current = connectClient(server.url, { session: await server.signIn(space), since: 6 });
    await new Promise<void>((resolve) => current.socket.on('connect', () => resolve()));
    await server.happen(space, calls(1, 2));
    await current.received(6);
    expect([cptsOf(current), current.others]).toEqual([upTo(12, 7), []]);
  });
});

test('two spaces never see each other', async () => {
  const [one, other] = [newSpace(), newSpace()];
  const mine = await liveClient(server.url, { session: await server.signIn(one) });
  const theirs = await liveClient(server.url, { session: await server.signIn(other) });
  await Promise.all([server.happen(one, calls(30)), server.happen(other, calls(20, 1_000))]);
  await Promise.all([mine.received(180), theirs.received(120)]);
  const spacesIn = ({ updates }: TestClient) => [
    ...new Set(updates.map(({ event }) => (event.msg as { id_client: number }).id_client)),
  ];
  expect(spacesIn(mine)).toEqual([one]);
  expect(spacesIn(theirs)).toEqual([other]);
  expect(cptsOf(theirs)).toEqual(upTo(120));
});

test('a restart goes on counting, and its clients miss nothing', async () => {
  const space = newSpace();
  const first = await startStream({ database });
  const session = await first.signIn(space);
  const client = await liveClient(first.url, { session });
  await first.happen(space, calls(2));
  await client.received(12);
  await first.close();
  await client.heard('disconnect');

  const second = await startStream({ database });
  await second.happen(space, calls(2, 100));
  const again = connectClient(second.url, { session, since: 12 });
  await again.received(12);
  expect(cptsOf(again)).toEqual(upTo(24, 13));
  await second.close();
});

test.each(kinds)('%s: a server that stops does not send its clients away for good', async (kind) => {
  const stopping = await startStream({ database });
  const live = await liveClient(stopping.url, { kind, session: await stopping.signIn(newSpace()) });
  const waiting = connectClient(stopping.url, { kind, session: '', noInit: true });
  await new Promise<void>((resolve) => waiting.socket.on('connect', () => resolve()));
  await stopping.close();
  for (const client of [live, waiting]) expect(comesBackAfter(await client.heard('disconnect'))).toBe(true);
});

test.each(kinds)('%s: comes back by himself when the database was away at his init', async (kind) => {
  let isAway = false;
  const away = Object.create(database) as typeof database;
  away.query = (...args: Parameters<typeof database.query>) =>
    isAway
      ? Promise.reject(new AppError('database.unavailable', 'Away for the moment.'))
      : (database.query(...args) as never);
  const unlucky = await startStream({ database: away });
  const session = await unlucky.signIn(newSpace());
  isAway = true;
  const client = connectClient(unlucky.url, { kind, session });
  expect(await client.heard('init_error')).toEqual({ code: 'unavailable' });
  expect(comesBackAfter(await client.heard('disconnect'))).toBe(true);
  isAway = false;
  await unlucky.close();
});

/** By Socket.IO's own rule, which is the same for all its versions. */
const comesBackAfter = (reason: unknown) => reason !== 'io server disconnect' && reason !== 'io client disconnect';

test('frames that another process wrote are told here', async () => {
  const space = newSpace();
  const other = await startStream({ database });
  const client = await liveClient(server.url, { session: await server.signIn(space) });
  const there = await liveClient(other.url, { session: await other.signIn(space) });
  await other.happen(space, calls(5));
  await Promise.all([client.received(30), there.received(30)]);
  expect(cptsOf(client)).toEqual(upTo(30));
  expect(there.updates.map(({ event }) => event)).toEqual(client.updates.map(({ event }) => event));
  await other.close();
});
