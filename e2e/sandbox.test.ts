// The sandbox's callers and subscribers, who are no people, do the same on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Desk } from './desk.ts';
import { eventually } from './parley.ts';
import { Story } from './story.ts';

interface Subscriber {
  number: string;
  outcome: string | null;
  /** Why the agent's leg closes, and the subscriber's. */
  agent: string | null | undefined;
  subscriber: string | null | undefined;
  digits: string;
}

const subscribers: readonly Subscriber[] = [
  { number: '33150000001', outcome: 'answered', agent: 'HANGUP', subscriber: 'DIALOG_LEFT', digits: '' },
  { number: '33150000002', outcome: 'busy', agent: 'DIALOG_LEFT', subscriber: 'BUSY', digits: '' },
  { number: '33150000003', outcome: 'no_answer', agent: 'DIALOG_LEFT', subscriber: 'NO_ANSWER', digits: '' },
  { number: '33150000006', outcome: 'rejected', agent: 'DIALOG_LEFT', subscriber: 'REJECTED', digits: '' },
  { number: '33150000007', outcome: 'answered', agent: 'HANGUP', subscriber: 'DIALOG_LEFT', digits: '2' },
  { number: '33150000008', outcome: 'answered', agent: 'DIALOG_LEFT', subscriber: 'HANGUP', digits: '' },
  { number: '33150000009', outcome: 'failed', agent: 'DIALOG_LEFT', subscriber: 'FAILED', digits: '' },
];

describe.concurrent.each(['asterisk', 'simulated'] as const)('on %s', (voice) => {
  let story: Story;

  beforeAll(async () => {
    story = await Story.begin({ voice });
  });
  afterAll(() => story?.end());

  test('a caller rings in at a DID, waits in the queue, talks with a sandbox agent, presses keys, and hangs up', async () => {
    const desk = await aSandboxDesk();
    const dashboard = await story.dashboard(desk);
    const call = await desk.ringIn({
      from: '33611000051',
      digits: [
        { at_ms: 3_000, digits: '4' },
        { at_ms: 3_500, digits: '2#' },
      ],
      hang_up_after_s: 5,
    });
    const { outcome, legs, user_id, number } = await desk.endOf(call);
    expect({ outcome, user_id }).toEqual({ outcome: 'answered', user_id: desk.agent('Ana').userId });
    expect(legs.map(({ close_cause }) => close_cause)).toEqual(['HANGUP', 'DIALOG_LEFT']);
    expect(await digitsOf(desk, call)).toBe('42#');
    const timeline = await desk.timeline(call);
    const lastedMs = Date.parse(timeline.at(-1)!.at) - Date.parse(timeline[0]!.at);
    expect(lastedMs).toBeGreaterThanOrEqual(4_500);
    expect(lastedMs).toBeLessThan(7_500);
    for (const kind of ['queue.insert_call', 'operator.ringing', 'queue.connect_call', 'queue.delete_call']) {
      await dashboard.sees(kind, { id_call: number });
    }
  });

  test('a caller whom nobody answers gives up at his time', async () => {
    const desk = await aSandboxDesk();
    await desk.state('Ana', 'logged_out');
    const call = await desk.ringIn({ to: '200', hang_up_after_s: 1 });
    expect(await desk.endOf(call)).toMatchObject({ outcome: 'abandoned', user_id: null });
  });

  test('each number does what its last two digits say', async () => {
    const sandboxAgents = subscribers.map(({ number }) => number);
    const desk = await story.desk({ agents: [], sandboxAgents, space: { ring_timeout_s: 4 } });
    expect(await Promise.all(subscribers.map((one) => whatComesOf(desk, one)))).toEqual(subscribers);
  });

  async function aSandboxDesk(): Promise<Desk> {
    const desk = await story.desk({ agents: [], sandboxAgents: ['Ana'] });
    await desk.state('Ana', 'available');
    return desk;
  }
});

/** Its own agent calls it, and hangs up when a conversation should go on. */
async function whatComesOf(desk: Desk, { number, agent, digits }: Subscriber): Promise<Subscriber> {
  const { userId } = desk.agent(number);
  const { call_id } = await desk.post<{ call_id: string }>('/calls', { from_user_id: userId, to: number });
  if (agent === 'HANGUP') {
    const { legs } = await desk.call(({ id, state }) => id === call_id && state === 'talking');
    await eventually(`${number} has pressed ${digits}`, async () => (await digitsOf(desk, call_id)) === digits);
    await desk.parley.rest('PUT', `/dialogs/${legs[0]!.dialog_uuid}/hangup`);
  }
  const { outcome, legs } = await desk.endOf(call_id);
  const [own, other] = legs.map(({ close_cause }) => close_cause);
  return { number, outcome, agent: own, subscriber: other, digits: await digitsOf(desk, call_id) };
}

async function digitsOf(desk: Desk, call: string): Promise<string> {
  const timeline = await desk.timeline(call);
  return timeline.flatMap(({ type, digit }) => (type === 'leg.digit' ? [digit] : [])).join('');
}
