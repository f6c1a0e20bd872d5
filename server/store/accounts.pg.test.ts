import { expect, test } from 'vitest';
import { asId, type SpaceId } from '../domain/ids.ts';
import { VirtualClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { afterAll } from 'vitest';
import { openAccounts } from './accounts.ts';
import { commitChange } from './changes.ts';
import { insertSpace, nextSpaceId } from './spaces.ts';
import { users } from './users.ts';
import { SpaceInput } from '../../contract/rest/spaces.ts';

const db = await testDatabase();
const clock = new VirtualClock();
const accounts = await openAccounts({ db, clock, log: silentLog });
/** Another process on the same database. */
const elsewhere = await openAccounts({ db, clock, log: silentLog });
afterAll(async () => {
  await accounts.close();
  await elsewhere.close();
});

const space: SpaceId = await nextSpaceId(db);
const actor = { type: 'system', id: null, name: null, address: null } as const;
const note = () => ({ space, actor, action: 'create', resource: 'test', resourceId: null, changes: null });
await commitChange(db, space, {
  doing: 'save',
  note,
  work: (tx) =>
    insertSpace(tx, space, SpaceInput.parse({ name: 'S', code: '0', username: 's', time_zone: 'Europe/Paris' })),
});

let made = 0;
async function aUser(disabled = false): Promise<{ id: number; username: string }> {
  const person = { firstname: 'Ana', surname: 'Nowak', role: 'supervisor', groups: [], language: null } as const;
  const more = { username: `Ana-${++made}`, password: 'right', display_name: null, outbound_number: null, disabled };
  const work = () => db.transaction((tx) => users.insert(tx, space, { ...person, ...more, groups: [] }));
  return await work();
}

let addresses = 0;
const anAddress = () => `192.0.2.${++addresses}`;
const limited = { code: 'request.too_many', retryAfterS: 300 };

test('the right password tells who it is, however the name is written', async () => {
  const { id, username } = await aUser();
  const account = { user: id, space, role: 'supervisor' };
  expect(await accounts.verifyLogin(username.toUpperCase(), 'right', anAddress())).toEqual(account);
});

test.each(['wrong password', 'unknown', 'disabled'])('%s: nobody', async (what) => {
  const { username } = await aUser(what === 'disabled');
  const login = what === 'unknown' ? 'nobody' : username;
  const password = what === 'wrong password' ? 'wrong' : 'right';
  expect(await accounts.verifyLogin(login, password, anAddress())).toBeNull();
});

test('ten failures of a login stop it for five minutes, from everywhere, and others are not concerned', async () => {
  const [{ username }, other] = [await aUser(), await aUser()];
  for (let n = 0; n < 10; n++) expect(await accounts.verifyLogin(username, 'wrong', anAddress())).toBeNull();
  await expect(accounts.verifyLogin(username, 'right', anAddress())).rejects.toMatchObject(limited);
  expect(await accounts.verifyLogin(other.username, 'right', anAddress())).not.toBeNull();
  await clock.advance(5 * 60_000);
  expect(await accounts.verifyLogin(username, 'right', anAddress())).not.toBeNull();
});

test('a success makes the failures before it forgotten', async () => {
  const { username } = await aUser();
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 9; n++) expect(await accounts.verifyLogin(username, 'wrong', anAddress())).toBeNull();
    expect(await accounts.verifyLogin(username, 'right', anAddress())).not.toBeNull();
  }
});

test('fifty failures from an address stop it, whatever names it tries, also all at once', async () => {
  const { username } = await aUser();
  const address = anAddress();
  const attempts = Array.from({ length: 70 }, (_, n) => accounts.verifyLogin(`guess-${n}`, 'wrong', address));
  const outcomes = await Promise.allSettled(attempts);
  const tried = outcomes.filter(({ status }) => status === 'fulfilled').length;
  expect(tried).toBeGreaterThanOrEqual(50);
  expect(tried, 'no more than those on their way may pass').toBeLessThan(54);
  await expect(accounts.verifyLogin(username, 'right', address)).rejects.toMatchObject(limited);
  expect(await accounts.verifyLogin(username, 'right', anAddress())).not.toBeNull();
});

test('many may log in at once from one address', async () => {
  const { username } = await aUser();
  const address = anAddress();
  const all = await Promise.all(Array.from({ length: 60 }, () => accounts.verifyLogin(username, 'right', address)));
  expect(all.every((account) => account !== null)).toBe(true);
});

test('a revocation is told in every process, once', async () => {
  const { id } = await aUser();
  const told = { here: [] as number[], there: [] as number[] };
  const there = new Promise((resolve) => elsewhere.onRevoked(resolve));
  accounts.onRevoked((user) => told.here.push(user));
  elsewhere.onRevoked((user) => told.there.push(user));
  await db.transaction((tx) => users.remove(tx, space, id));
  expect(await there).toBe(id);
  const again = await aUser();
  const next = Promise.all(
    [accounts, elsewhere].map(
      (one) => new Promise((resolve) => one.onRevoked((user) => user === asId(again.id) && resolve(user))),
    ),
  );
  await db.transaction((tx) => users.remove(tx, space, again.id));
  await next;
  expect(told).toEqual({ here: [id, again.id], there: [id, again.id] });
});
