import { afterAll, expect, test } from 'vitest';
import { IvrDocument } from '../../contract/ivr.ts';
import { ExtensionInput } from '../../contract/rest/extensions.ts';
import { QueueInput } from '../../contract/rest/queues.ts';
import { SpaceInput } from '../../contract/rest/spaces.ts';
import { TrunkInput } from '../../contract/rest/trunks.ts';
import { UserInput } from '../../contract/rest/users.ts';
import type { IvrVersion } from '../domain/directory.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { commitChange } from './changes.ts';
import { type Directories, openDirectories } from './directory.ts';
import { extensions, renewSipAccess } from './extensions.ts';
import { createIvr, publishDraft, saveDraft } from './ivrs.ts';
import { queues } from './queues.ts';
import { projects } from './projects.ts';
import { addSound, engineNameOf } from './sounds.ts';
import { insertSpace, nextSpaceId, removeSpace } from './spaces.ts';
import { trunks } from './trunks.ts';
import { users } from './users.ts';
import { insertVip } from './vips.ts';

const db = await testDatabase();
const here = await openDirectories({ db, log: silentLog });
/** Another process on the same database. */
const elsewhere = await openDirectories({ db, log: silentLog });
afterAll(async () => {
  await here.close();
  await elsewhere.close();
});

const actor = { type: 'system', id: null, name: null, address: null } as const;
async function change<T>(space: SpaceId, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const note = () => ({ space, actor, action: 'change', resource: 'test', resourceId: null, changes: null });
  const result = await commitChange(db, space, { doing: 'save', work, note });
  await here.refresh(space);
  return result;
}

async function aSpace(given: object = {}): Promise<SpaceId> {
  const space = await nextSpaceId(db);
  const input = SpaceInput.parse({ name: 'S', code: '000', username: 's', time_zone: 'Europe/Paris', ...given });
  const seen = changeOf(elsewhere, space);
  await change(space, (tx) => insertSpace(tx, space, input));
  await seen;
  return space;
}

const aUser = (username: string, more: object = {}) => ({
  ...UserInput.parse({ username, firstname: 'Paweł', surname: 'Nowak', role: 'agent', ...more }),
  password: 'x',
});

const changeOf = (directories: Directories, space: SpaceId) =>
  new Promise<void>((resolve) => {
    const stop = directories.onChange((changed) => {
      if (changed !== space) return;
      stop();
      resolve();
    });
  });

test('holds what rules read: times in ms, names, queues in order without the disabled', async () => {
  const space = await aSpace({ ring_timeout_s: 25, max_call_s: 3_600, misses_before_pause: 2 });
  const made = await change(space, async (tx) => {
    const [ana, off, bob] = [
      await users.insert(tx, space, aUser('ana', { outbound_number: '33140000001' })),
      await users.insert(tx, space, aUser('off', { disabled: true })),
      await users.insert(tx, space, aUser('bob', { display_name: 'Bobby' })),
    ];
    const queue = await queues.insert(
      tx,
      space,
      QueueInput.parse({ name: 'Support', user_ids: [bob.id, off.id, ana.id], max_wait_s: 90, wrap_up_s: 5 }),
    );
    const dids = [{ number: '33140000000', extension_number: '200' }];
    const trunk = await trunks.insert(tx, space, TrunkInput.parse({ name: 'T', type: 'sandbox', dids, max_calls: 2 }));
    const extension = (given: object) => extensions.insert(tx, space, ExtensionInput.parse(given));
    const phone = await extension({ number: '101', type: 'phone', user_id: ana.id, forward: { busy: '200' } });
    const toQueue = await extension({ number: '200', type: 'queue', queue_id: queue.id });
    const route = await extension({ number: '300', type: 'route', trunk_id: trunk.id, to: '33612345678' });
    await insertVip(tx, space, { number: '+33612345678', vip_rate: 7, priority: 500 });
    return { ana, off, bob, queue, trunk, phone, toQueue, route };
  });

  const directory = here.of(space)!;
  expect(directory.space).toEqual({
    ...{
      id: space,
      name: 'S',
      code: '000',
      number: null,
      timeZone: 'Europe/Paris',
      country: 'FR',
      ringTimeoutMs: 25_000,
    },
    ...{ allowedPrefixes: [], maxCallMs: 3_600_000, missesBeforePause: 2, callingHours: {}, maxSmsParts: 10 },
    ...{ username: 's', replyWindowMs: 72 * 3_600_000, stopWords: [] },
  });
  expect(directory.users.get(made.ana.id as never)).toMatchObject({
    ...{ username: 'ana', displayName: 'Paweł Nowak', role: 'agent', outboundNumber: '33140000001', groups: [] },
  });
  expect(directory.users.get(made.bob.id as never)?.displayName).toBe('Bobby');
  expect(directory.queues.get(made.queue.id as never)).toMatchObject({
    ...{ users: [made.bob.id, made.ana.id], ringTimeoutMs: 20_000, wrapUpMs: 5_000, maxWaitMs: 90_000 },
    ...{ serviceLevelMs: 20_000, overflowExtension: null, recording: 'off', strategy: 'longest_idle' },
  });
  const phone = {
    ...{ id: made.phone.id, number: '101', type: 'phone', user: made.ana.id, sandbox: false, doNotDisturb: false },
    forward: { always: null, busy: '200', noAnswer: null },
  };
  expect(directory.extensionsByNumber.get('101')).toEqual(phone);
  expect(directory.phoneOf.get(made.ana.id as never)).toEqual(phone);
  expect(directory.extensionsByNumber.get('200')).toMatchObject({ type: 'queue', queue: made.queue.id });
  expect(directory.extensions.get(made.route.id as never)).toMatchObject({ trunk: made.trunk.id, to: '33612345678' });
  expect(directory.trunks.get(made.trunk.id as never)).toMatchObject({
    ...{ maxCalls: 2, callsPerSecond: 1, dids: [{ number: '33140000000', extensionNumber: '200' }] },
  });
  expect(directory.vips.get('33612345678')).toEqual({ number: '33612345678', vipRate: 7, priority: 500 });
  expect(directory.pauses.size).toBe(16);
  expect(here.spaceOfUser(made.bob.id as never)).toBe(space);
  expect(here.spaceOfTrunk(made.trunk.id as never)).toBe(space);
  expect(here.spaceOfExtension(made.phone.id as never)).toBe(space);
  expect(here.spaceOfQueue(made.queue.id as never)).toBe(space);
  expect(here.spaceOfQueue(999_999 as never)).toBeUndefined();
});

test('tells the engine trunks and phones with their passwords, and no phone that nobody can register', async () => {
  const space = await aSpace();
  const { bare, sandbox, real, access } = await change(space, async (tx) => {
    const sip = { name: 'T', type: 'sip', host: '192.0.2.1', username: 'me', password: 'p4ss' };
    await trunks.insert(tx, space, TrunkInput.parse(sip));
    const phone = (number: string, more = {}) =>
      extensions.insert(tx, space, ExtensionInput.parse({ number, type: 'phone', ...more }));
    const made = { bare: await phone('1'), sandbox: await phone('2', { sandbox: true }), real: await phone('3') };
    return { ...made, access: await renewSipAccess(tx, space, made.real.id) };
  });
  const { trunks: trunkSetups, phones } = here.voiceSetup();
  expect(trunkSetups.find((trunk) => trunk.space === space)).toMatchObject({
    ...{ type: 'sip', host: '192.0.2.1', port: 5060, username: 'me', password: 'p4ss', matchAddresses: ['192.0.2.1'] },
  });
  const setupOf = ({ id }: { id: number }) => phones.find((phone) => phone.extension === id);
  expect(setupOf(real)).toMatchObject({ number: '3', displayName: '3', sandbox: false, ...access });
  expect(setupOf(sandbox)).toMatchObject({ sandbox: true, username: null, password: null });
  expect(setupOf(bare)).toBeUndefined();
});

test('another process sees a change by itself', async () => {
  const space = await nextSpaceId(db);
  const created = changeOf(elsewhere, space);
  const input = SpaceInput.parse({ name: 'New', code: '1', username: 's', time_zone: 'Europe/Paris' });
  await change(space, (tx) => insertSpace(tx, space, input));
  await created;
  expect(elsewhere.of(space)?.space.name).toBe('New');

  const removed = changeOf(elsewhere, space);
  await change(space, (tx) => removeSpace(tx, space));
  await removed;
  expect(elsewhere.of(space)).toBeUndefined();
  expect(elsewhere.spaces()).not.toContain(space);
});

test('and does so by polling when its connection that listens is cut', async () => {
  const space = await aSpace();
  await db.query(`select pg_terminate_backend(pid) from pg_stat_activity
                   where datname = current_database() and query like 'listen parley_directory%'`);
  const changed = changeOf(elsewhere, space);
  await change(space, (tx) => insertVip(tx, space, { number: '33612345678', vip_rate: 1, priority: 1 }));
  await changed;
  expect(elsewhere.of(space)?.vips.size).toBe(1);
});

test('a version of an IVR is there for new calls, and as long as calls run it', async () => {
  const space = await aSpace();
  const document = (name: string) =>
    IvrDocument.parse({ name, entry_context: '1', contexts: [{ id: '1', options: [] }] });
  const { id } = await change(space, (tx) => createIvr(tx, space, document('Draft')));
  expect(here.of(space)!.ivrs.size).toBe(0);
  await change(space, (tx) => publishDraft(tx, space, id));
  expect(here.of(space)!.ivrs.get(id)).toEqual({ id, name: 'Draft', version: 1 });

  await change(space, async (tx) => {
    await saveDraft(tx, space, id, document('Second'));
    await publishDraft(tx, space, id);
  });
  const versions = (directories: Directories) =>
    [...directories.of(space)!.ivrVersions].map(([key, definition]) => [key, (definition as IvrDocument).name]);
  const [first, second] = [
    [`${id}/1`, 'Draft'],
    [`${id}/2`, 'Second'],
  ];
  expect(versions(here), 'a call may have begun with the first a moment ago').toEqual([first, second]);
  let inUse: IvrVersion[] = [];
  const keeping = here.keepIvrVersions(space, () => inUse);
  inUse = [{ ivr: id, version: 1 }];
  await keeping;
  expect(versions(here), 'also if that call has begun while the versions were being read').toEqual([first, second]);
  await here.keepIvrVersions(space, () => []);
  expect(versions(here)).toEqual([second]);

  await elsewhere.refresh(space);
  await elsewhere.keepIvrVersions(space, () => [
    { ivr: id, version: 1 },
    { ivr: 999_999, version: 1 },
  ]);
  expect(new Set(versions(elsewhere)), 'after a restart what calls run is read again').toEqual(
    new Set([first, second]),
  );
});

test('sounds are known by filename and id, and what projects show outside', async () => {
  const space = await aSpace();
  const sound = await change(space, async (tx) => {
    await projects.insert(tx, space, { name: 'P', presentation_number: '+33140000009' });
    const audio = { durationMs: 1_500, levelDb: null, wav8k: new Uint8Array(), wav16k: new Uint8Array() };
    return await addSound(tx, space, 'Hello', audio);
  });
  const { sounds, presentationNumbers } = here.of(space)!;
  expect(sounds.get(sound.id)).toEqual({ name: engineNameOf(sound.filename), durationMs: 1_500 });
  expect(sounds.get(sound.filename)).toEqual(sounds.get(sound.id));
  expect(presentationNumbers).toEqual(['+33140000009']);
});
