// kill -9 of each part during twenty calls, one after the other, and at last a polite stop. One crowd goes through all.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aCrowd, type Crowd, crowdAgents, crowdSize, endAll, Follower, live, streamFaults } from './crowd.ts';
import { journalFaults } from './journal-check.ts';
import { eventually, type Parley } from './parley.ts';
import { killAsterisk, processesOf, takePostgresAway } from './processes.ts';
import { Story } from './story.ts';
import { signIn } from './stream-client.ts';

let story: Story;
let parley: Parley;
let crowd: Crowd;
let followers: Follower[];

beforeAll(async () => {
  story = await Story.begin({ voice: 'asterisk', env: { PARLEY_DRAIN_S: '2' } });
  ({ parley } = story);
  crowd = await aCrowd(story);
  followers = [new Follower(crowd.desk, 2), new Follower(crowd.desk, 4)];
  for (const follower of followers) await follower.connect();
});
afterAll(async () => {
  for (const follower of followers ?? []) follower.leave();
  await story?.end();
});

/** The list of calls follows what happens. */
const seen = { timeout: 5_000 };

const pairTalks = () => Promise.all([crowd.ana.hears(1_000), crowd.caller.hears(600)]);

async function missing(): Promise<string[]> {
  const response = await fetch(`${parley.url}/readyz`, { signal: AbortSignal.timeout(5_000) });
  return ((await response.json()) as { missing: string[] }).missing;
}

/** The newest call that came from that number. */
async function callFrom(number: string) {
  const call = (await crowd.desk.calls()).find(({ legs }) => legs.some((leg) => leg.number === number));
  if (!call) throw new Error(`No call from ${number}.`);
  return call;
}

test('PostgreSQL dies: requests are refused in time, calls talk on, and what happened meanwhile is written', async () => {
  const { desk, cleo, other, waiting } = crowd;
  const comeBack = await takePostgresAway(parley.home);
  await eventually('it is noticed', async () => (await missing()).includes('database'));
  const user = desk.agent('Ana').userId;
  for (const [method, path, body] of [
    ['GET', `/calls?space_id=${desk.spaceId}`, undefined],
    ['POST', '/calls', { from_user_id: user, to: '33140000077' }],
    ['POST', '/sandbox/calls', { space_id: desk.spaceId, from: '33611223344', to: '33199000000' }],
    ['PUT', `/agents/${user}/state`, { state: 'paused', pause_id: 'user0' }],
  ] as const) {
    const begin = performance.now();
    const answer = await parley.ask<{ code: string }>(method, path, body);
    expect([path, answer.status, answer.body.code]).toEqual([path, 503, 'database.unavailable']);
    expect(performance.now() - begin).toBeLessThan(2_000);
  }
  const { username, password } = desk.supervisor;
  await expect(signIn(parley.url, username, password)).rejects.toThrow('503');
  expect((await fetch(`${parley.url}/healthz`)).status).toBe(200);
  await pairTalks();
  await cleo.hangsUp();
  await waiting.hangsUp();
  await comeBack();

  await eventually('it is back', async () => (await missing()).length === 0, 20_000);
  await other.isFree(); // Whose partner has gone.
  await cleo.answers(); // The next one who waits.
  await pairTalks();
  await expect.poll(() => callFrom('33611000003'), seen).toMatchObject({ outcome: 'abandoned' });
  await expect
    .poll(() => callFrom('33611000002'), seen)
    .toMatchObject({ outcome: 'answered', legs: [{ close_cause: 'DIALOG_LEFT' }, { close_cause: 'HANGUP' }] });
  expect(await streamFaults(desk, followers)).toEqual([]);
});

test('the server dies: calls that live are taken over, those that have gone are closed, nobody is stuck', async () => {
  const { desk, ana, caller, ben, cleo, other, waiting } = crowd;
  for (const phone of [other, waiting]) {
    await phone.dials(desk.did);
    await phone.talks();
  }
  await expect.poll(() => live(desk), seen).toHaveLength(crowdSize);
  const withCleo = (await live(desk)).find(
    ({ user_id, state }) => state === 'talking' && user_id === desk.agent('Cleo').userId,
  );

  await parley.dies();
  await pairTalks();
  await cleo.hangsUp();
  await waiting.hangsUp();
  await parley.start();
  for (const follower of followers) await follower.connect();

  await pairTalks();
  expect(ben.calls).toMatchObject([{ state: 'incoming' }]);
  await cleo.answers(); // She is free at once, and the next one who waits reaches her.
  await ben.answers();
  await expect
    .poll(() => parley.rest('GET', `/calls/${withCleo!.id}`), seen)
    .toMatchObject({ state: 'ended', outcome: 'answered' });
  // Nobody saw how it ended: it is not said to have been abandoned.
  await expect.poll(() => callFrom('33611000003'), seen).toMatchObject({ state: 'ended', outcome: 'failed' });
  await expect.poll(() => callFrom('33611000002'), seen).toMatchObject({ state: 'queued' });

  await desk.state('Ana', 'logged_out');
  const { id, legs } = await callFrom('33611000001');
  await parley.rest('PUT', `/dialogs/${legs[0]!.dialog_uuid}/hangup`);
  await Promise.all([ana.isFree(), caller.isFree(), desk.endOf(id)]); // Its end is read before the next one counts.
  expect(await streamFaults(desk, followers)).toEqual([]);
});

test('Asterisk dies: its calls have failed, agents are free, phones are reached, and the next call works', async () => {
  const { desk, ana, caller, ben, cleo, other } = crowd;
  const lost = await live(desk);
  expect(lost.length).toBeGreaterThan(crowdSize / 2);
  for (const name of crowdAgents) await desk.state(name, 'logged_out');
  await killAsterisk(parley.home);
  await eventually('it is noticed', async () => (await missing()).includes('voice'));
  const place = { from_user_id: desk.agent('Ana').userId, to: '33140000077' };
  const refused = await parley.ask<{ code: string }>('POST', '/calls', place);
  expect([refused.status, refused.body.code]).toEqual([503, 'voice.engine_down']);

  await eventually('it is back', async () => (await missing()).length === 0, 30_000);
  await eventually('no call is left', async () => (await live(desk)).length === 0);
  for (const { id, state } of lost) {
    const after = await parley.rest<{ legs: { close_cause: string }[]; outcome: string }>('GET', `/calls/${id}`);
    expect(after.legs.map((leg) => leg.close_cause)).toContain('FAILED');
    expect(after.outcome).toBe(state === 'talking' ? 'answered' : 'failed');
  }
  for (const phone of [ben, cleo, other]) await phone.hangsUp(); // Whom nobody told.

  for (const name of crowdAgents) {
    await desk.state(name, 'available');
    await desk.sees(name, 'free');
    if (name !== 'Ana') await desk.state(name, 'logged_out');
  }
  await caller.dials(desk.did);
  await ana.answers();
  await pairTalks();
  expect(await streamFaults(desk, followers)).toEqual([]);
});

test('asked to stop during calls, it waits, hangs up, ends with 0 in time, and leaves no process and a whole journal', async () => {
  const { desk, ana, caller } = crowd;
  for (let more = 0; more < 5; more++) await desk.ringIn();
  const linesBefore = parley.logged.length;
  const begin = performance.now();
  const stopped = parley.stop(10_000);
  await sleep(500);
  expect(caller.calls).toMatchObject([{ state: 'talking' }]); // The calls are given their time.
  expect(await stopped).toBe(0);
  expect(performance.now() - begin).toBeLessThan(10_000);
  await Promise.all([ana.isFree(), caller.isFree()]);
  expect(await processesOf(parley.home)).toEqual([]);
  expect(parley.logged.slice(linesBefore).filter(({ level }) => Number(level) >= 40)).toEqual([]);

  await parley.start();
  await endAll(crowd.desk);
  expect(await journalFaults(parley.home)).toEqual([]);
  for (const follower of followers) await follower.connect();
  expect(await streamFaults(crowd.desk, followers)).toEqual([]);
});

test('asked to stop while PostgreSQL is away, it ends in time all the same, and the next start closes its calls', async () => {
  const { desk } = crowd;
  const call = await desk.ringIn();
  await expect.poll(() => live(desk), seen).toHaveLength(1);
  const comeBack = await takePostgresAway(parley.home);
  expect(await parley.stop(10_000)).toBe(0);
  expect(await processesOf(parley.home)).toEqual([]);
  await comeBack();
  await parley.start();
  expect(await desk.endOf(call)).toMatchObject({ outcome: 'failed' });
  expect(await journalFaults(parley.home)).toEqual([]);
});
