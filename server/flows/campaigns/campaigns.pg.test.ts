// Requests called on the simulated engine, followed in the journal, and every crash between two steps of a call.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { CampaignEvent } from '../../domain/events.ts';
import { asId, instant, type LegId, type UserId } from '../../domain/ids.ts';
import { readCampaign } from '../../store/campaigns.ts';
import { pickNext } from './picking.ts';
import { openOffice } from './testing/office.ts';
import { tell } from './telling.ts';

const office = await openOffice();
const { space } = office;
const [ana, bob] = office.users as [UserId, UserId];
type Placed = Awaited<ReturnType<typeof office.campaign>>;

beforeEach(() => {
  office.clock.skewMs = 0;
});

async function stateOf({ place, requests }: Placed, at = 0) {
  await office.server.caughtUp();
  return await office.request(place, requests[at]!);
}

async function called(numbers: readonly string[], differing = {}): Promise<Placed> {
  const placed = await office.campaign(numbers, differing);
  const { id } = await office.server.desk.next(placed.place, ana);
  await office.server.desk.call(placed.place, id, ana);
  return placed;
}

const dialled = async (call: string | null) =>
  (await office.events()).filter((event) => event.type === 'route.dialled' && event.call === call).length;

async function consultantLegOf(call: string | null): Promise<LegId> {
  for (const event of await office.events()) {
    if (event.type === 'leg.created' && event.call === call && event.side === 'caller') return event.leg;
  }
  throw new Error('That call has no consultant.');
}

async function toldOf(request: string): Promise<CampaignEvent[]> {
  const recorded = await office.server.journal.readStream(space, `request:${request}`);
  return recorded.map(({ event }) => event as CampaignEvent);
}

async function free(): Promise<void> {
  await expect.poll(() => office.server.centre.agent(space, ana)?.phone, { timeout: 15_000 }).toBe('free');
}

describe('an attempt', () => {
  test('that ends in a talk waits for the consultant’s result', async () => {
    const placed = await called(['33612345601']);
    await expect.poll(() => office.server.centre.agent(space, ana)?.phone, { timeout: 10_000 }).toBe('connected');
    const during = await stateOf(placed);
    expect(during).toMatchObject({ state: 'calling', user_id: ana });
    const { desk, centre } = office.server;
    const result = { result: 'done', callbackAt: null, callbackUser: null };
    await expect(desk.close(placed.place, placed.requests[0]!, result, ana)).rejects.toMatchObject({
      code: 'campaign.no_result_due',
    });
    await centre.request(space, { ask: 'hangUp', leg: await consultantLegOf(during.call_id) });
    const closed = await desk.close(placed.place, placed.requests[0]!, result, ana);
    expect(closed).toMatchObject({ state: 'closed', result: 'done' });
    await expect
      .poll(() => toldOf(placed.requests[0]!))
      .toMatchObject([
        {
          ...{ type: 'request.closed', recordedCall: null },
          about: { consultant: { user: ana, username: 'ana' }, lastCall: during.call_id, snapshot: { contactTry: 1 } },
          dialogs: [{ cause: 'HANGUP' }, { cause: 'DIALOG_LEFT' }],
        },
      ]);
  });

  test('whose contact is busy rests by the rules, counted', async () => {
    const placed = await called(['33612345602']);
    await free();
    await expect
      .poll(() => stateOf(placed))
      .toMatchObject({
        state: 'waiting',
        parked: true,
        contact_try: 2,
        consultant_try: 1,
        outcomes: { busy: 1 },
      });
    const row = await stateOf(placed);
    expect(Math.round((row.due_at - Date.now()) / 60_000)).toBe(10);
    await expect(office.server.desk.next(placed.place, ana)).rejects.toMatchObject({
      code: 'campaign.no_callable_contact',
    });
    office.clock.skewMs = 600_001;
    expect(await office.server.desk.next(placed.place, ana)).toMatchObject({ id: row.id, reservation_try: 2 });
  });

  test('that is one too many closes the request', async () => {
    const rule = { delay_s: 60, max: 1 };
    const retry = { rejected: rule } as never;
    const placed = await office.campaign(['33612345606'], {});
    await office.db.query('update campaigns set retry = retry || $2 where id = $1', [placed.place.campaign, retry]);
    await office.server.desk.next(placed.place, ana);
    await office.server.desk.call(placed.place, placed.requests[0]!, ana);
    await free();
    await expect.poll(() => stateOf(placed)).toMatchObject({ state: 'closed', result: 'rejected' });
    await expect.poll(() => toldOf(placed.requests[0]!)).toMatchObject([{ type: 'request.closed' }]);
  });

  test('whose consultant does not answer dials nobody, and is told', async () => {
    const extension = office.server.directories.of(space)!.phoneOf.get(ana)!;
    office.server.voice.phone(extension.id).onRing('reject', { afterMs: 0 });
    const placed = await called(['33612345601']);
    await free();
    office.server.voice.phone(extension.id).onRing('answer', { afterMs: 0 });
    const row = await stateOf(placed);
    expect(row).toMatchObject({ state: 'waiting', consultant_try: 2, contact_try: 1, user_id: null });
    expect(await dialled(row.call_id)).toBe(0);
    await expect
      .poll(() => toldOf(row.id))
      .toMatchObject([
        { type: 'request.consultant_retry', about: { snapshot: { consultantTry: 2 }, lastDialogs: { contact: null } } },
      ]);
  });
});

describe('a consultant whose phone cannot be rung', () => {
  test('costs the contact no try: nobody dialled him', async () => {
    const extension = office.server.directories.of(space)!.phoneOf.get(ana)!;
    office.server.voice.phone(extension.id).onRing('unreachable', { afterMs: 0 });
    const placed = await called(['33612345601']);
    await free();
    office.server.voice.phone(extension.id).onRing('answer', { afterMs: 0 });
    expect(await stateOf(placed)).toMatchObject({ state: 'waiting', consultant_try: 2, contact_try: 1, outcomes: {} });
    await expect.poll(() => toldOf(placed.requests[0]!)).toMatchObject([{ type: 'request.consultant_retry' }]);
  });

  test('is shown so when it is a sandbox no more and has no access yet', async () => {
    const { phoneOf } = office.server.directories.of(space)!;
    const { id, number } = phoneOf.get(bob)!;
    const phoneIs = async (sandbox: boolean, shown: string) => {
      await office.changesPhone(id, { number, type: 'phone', user_id: bob, sandbox });
      await expect.poll(() => office.server.centre.agent(space, bob)?.phone).toBe(shown);
    };
    await phoneIs(false, 'unreachable');
    await phoneIs(true, 'free');
  });
});

describe('a crash', () => {
  test('after the row and before the journal: no call, the attempt has failed, a new one may follow', async () => {
    const placed = await office.campaign(['33612345602']);
    await office.server.desk.next(placed.place, ana);
    const died = vi.spyOn(office.server.centre, 'request').mockRejectedValueOnce(new Error('kill -9'));
    await expect(office.server.desk.call(placed.place, placed.requests[0]!, ana)).rejects.toThrow('kill -9');
    died.mockRestore();
    await office.restart();
    const { call_id } = await stateOf(placed);
    await office.server.keeper.look();
    expect(await stateOf(placed)).toMatchObject({ state: 'calling' }); // It might still be on its way.
    office.clock.skewMs = 21_000;
    await office.server.keeper.look();
    expect(await stateOf(placed)).toMatchObject({ state: 'waiting', contact_try: 2, outcomes: { failed: 1 } });
    expect(await dialled(call_id)).toBe(0);
    expect(office.exchange.legs()).toEqual([]);
  });

  test('after the journal and before the engine: the call ends as failed, never dialled', async () => {
    const placed = await office.campaign(['33612345602']);
    await office.server.desk.next(placed.place, ana);
    vi.spyOn(office.server.voice, 'send').mockReturnValue(new Promise(() => {}));
    await office.server.desk.call(placed.place, placed.requests[0]!, ana);
    vi.restoreAllMocks();
    // Its background waits for ever for that command: killed, not stopped.
    const dead = office.server;
    dead.centre.close();
    await dead.voice.close();
    office.server = { ...office.server, stop: async () => {} };
    await office.restart();
    await expect.poll(async () => (await stateOf(placed)).state).toBe('waiting');
    const row = await stateOf(placed);
    expect(row).toMatchObject({ contact_try: 2, outcomes: { failed: 1 } });
    expect(await dialled(row.call_id)).toBe(0);
  });

  test('while the contact rings: the call lives on, is followed, and was dialled once', async () => {
    const placed = await called(['33612345601']);
    const { call_id } = await office.request(placed.place, placed.requests[0]!);
    await expect.poll(() => office.exchange.legs().length, { timeout: 10_000 }).toBe(2);
    await office.restart();
    await expect.poll(() => office.server.centre.agent(space, ana)?.phone, { timeout: 10_000 }).toBe('connected');
    await expect(office.server.desk.call(placed.place, placed.requests[0]!, ana)).rejects.toMatchObject({
      code: 'campaign.in_call',
    });
    await office.server.keeper.look();
    expect(await stateOf(placed)).toMatchObject({ state: 'calling', call_id });
    await office.server.centre.request(space, { ask: 'hangUp', leg: await consultantLegOf(call_id) });
    await free();
    await expect.poll(() => stateOf(placed)).toMatchObject({ state: 'wrap_up', contact_try: 1 });
    expect(await dialled(call_id)).toBe(1);
  });

  test('between the row that knows an event and the journal: told once, however often it is tried', async () => {
    const placed = await office.campaign(['33612345602']);
    const { id } = await office.server.desk.next(placed.place, ana);
    const append = vi.spyOn(office.server.journal, 'append').mockRejectedValueOnce(new Error('kill -9'));
    await office.server.desk.close(placed.place, id, { result: 'done', callbackAt: null, callbackUser: null }, ana);
    await expect.poll(() => append.mock.calls.length).toBe(1);
    append.mockRestore();
    const untold = await office.request(placed.place, id);
    expect(untold.untold).toHaveLength(1);
    const parts = { db: office.db, journal: office.server.journal };
    await tell(parts, untold);
    await tell(parts, untold); // Killed after the append, before the row was told.
    await office.server.keeper.look();
    expect(await toldOf(id)).toHaveLength(1);
    expect(await office.request(placed.place, id)).toMatchObject({ untold: null, stream_version: 1 });
  });
});

test('of thirty consultants who ask at the same moment no two get the same request', async () => {
  const many = Array.from({ length: 30 }, (_, n) => asId<UserId>(1_000 + n));
  const placed = await office.campaign(Array.from({ length: 25 }, (_, n) => `336123456${10 + n}`));
  const { campaign, directory } = await rulesOf(placed);
  const picked = await Promise.all(
    many.map((user) =>
      pickNext(office.db, placed.place, {
        campaign,
        directory,
        user,
        now: instant(Date.now()),
        may: () => ({ ok: true }),
      }),
    ),
  );
  const taken = picked.flatMap((one) => one.taken?.id ?? []);
  expect(taken).toHaveLength(25);
  expect(new Set(taken)).toEqual(new Set(placed.requests));
});

async function rulesOf({ place }: Placed) {
  return {
    campaign: (await readCampaign(office.db, space, place.campaign))!,
    directory: office.server.directories.of(space)!,
  };
}

test('a talk without a result is closed after its time', async () => {
  const placed = await office.campaign(['33612345602'], { disposition_s: 60 });
  const { id } = await office.server.desk.next(placed.place, ana);
  await office.db.query(
    "update campaign_requests set state = 'wrap_up', call_id = 'x', limit_at = now() where id = $1",
    [id],
  );
  office.clock.skewMs = 1_000;
  await office.server.keeper.look();
  expect(await stateOf(placed)).toMatchObject({ state: 'closed', result: 'no_result' });
});

test('progressive: the server starts one call for each free consultant, and none once it is paused', async () => {
  const numbers = Array.from({ length: 6 }, (_, n) => `3361234${n}602`);
  const placed = await office.campaign(numbers, { dialing_method: 'PROGRESSIVE' });
  const callers = async () => {
    await office.server.caughtUp();
    const sql = 'select user_id from campaign_calls where campaign_id = $1 order by user_id';
    const { rows } = await office.db.query<{ user_id: UserId }>(sql, [placed.place.campaign]);
    return rows.map((row) => row.user_id);
  };
  await office.db.query(
    "update campaign_requests set state = 'closed', result = 'x', closed_at = now() where campaign_id <> $1",
    [placed.place.campaign],
  );
  await office.server.keeper.look();
  expect(await callers()).toEqual([ana, bob]);
  await office.db.query("update campaigns set state = 'paused' where id = $1", [placed.place.campaign]);
  await free();
  await office.server.keeper.look();
  expect(await callers()).toEqual([ana, bob]);
});
