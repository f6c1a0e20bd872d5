import { expect, test } from 'vitest';
import { VirtualClock } from '../../../platform/clock.ts';
import { type Part, Reassembly, type WholeMessage } from './reassembly.ts';
import { aPartStore } from './testing/part-store.ts';

function aDesk(
  keep: (message: WholeMessage) => Promise<void> = () => Promise.resolve(),
  { store = aPartStore(), clock = new VirtualClock() } = {},
) {
  const kept: string[] = [];
  const reassembly = new Reassembly({
    ...{ clock, store },
    keep: async (message) => {
      await keep(message);
      kept.push(message.parts.map((part) => (part === null ? '_' : Buffer.from(part).toString())).join(''));
    },
    lost: () => undefined,
  });
  /** Fills in what became of it: `yes` acknowledged, `no` asked for again. */
  const add = (text: string, number: number, changes: Partial<Part> = {}, ref = 1) => {
    const answer: { acknowledged: 'yes' | 'no' | null } = { acknowledged: null };
    const segment = { ref, total: 3, number };
    reassembly.add({ from: '+336', to: '36', dataCoding: 0, segment, octets: Buffer.from(text), ...changes }).then(
      () => (answer.acknowledged = 'yes'),
      () => (answer.acknowledged = 'no'),
    );
    return answer;
  };
  return { clock, store, kept, reassembly, add };
}

test('parts are acknowledged with the whole message', async () => {
  const { clock, kept, add } = aDesk();
  const answers = [add('C', 3), add('A', 1)];
  await clock.advance(999);
  expect(answers).toEqual([{ acknowledged: null }, { acknowledged: null }]);
  answers.push(add('B', 2));
  await clock.advance(0);
  expect(kept).toEqual(['ABC']);
  expect(answers).toEqual([{ acknowledged: 'yes' }, { acknowledged: 'yes' }, { acknowledged: 'yes' }]);
});

test('a carrier that waits for the answer to a part is not kept waiting', async () => {
  const { clock, kept, add } = aDesk();
  for (const [at, text] of ['A', 'B', 'C'].entries()) {
    const answer = add(text, at + 1);
    await clock.advance(1_000);
    expect(answer.acknowledged).toBe('yes');
  }
  expect(kept).toEqual(['ABC']);
});

test('messages of others, or of another number, are not mixed in', async () => {
  const { clock, kept, add } = aDesk();
  add('A', 1);
  add('x', 2, { from: '+337' });
  add('y', 2, {}, 2);
  add('B', 2);
  add('C', 3);
  await clock.advance(0);
  expect(kept).toEqual(['ABC']);
});

test('a part that comes twice counts once', async () => {
  const { clock, kept, add } = aDesk();
  const first = add('A', 1);
  const again = add('A', 1);
  add('B', 2);
  await clock.advance(1_000);
  expect(kept).toEqual([]);
  expect([first, again]).toEqual([{ acknowledged: 'yes' }, { acknowledged: 'yes' }]);
  add('C', 3);
  await clock.advance(0);
  expect(kept).toEqual(['ABC']);
});

test('after ten minutes what is there is kept, with its gap', async () => {
  const { clock, kept, add } = aDesk();
  add('A', 1);
  add('C', 3);
  await clock.advance(599_999);
  expect(kept).toEqual([]);
  await clock.advance(1);
  expect(kept).toEqual(['A_C']);
});

test('a message that cannot be kept is asked for again, but not what was acknowledged', async () => {
  let away = true;
  const { clock, kept, add } = aDesk(() => (away ? Promise.reject(new Error('away')) : Promise.resolve()));
  const early = add('A', 1);
  await clock.advance(1_000);
  const late = [add('B', 2), add('C', 3)];
  await clock.advance(0);
  expect(early.acknowledged).toBe('yes');
  expect(late).toEqual([{ acknowledged: 'no' }, { acknowledged: 'no' }]);
  away = false;
  add('B', 2);
  add('C', 3);
  await clock.advance(0);
  expect(kept).toEqual(['ABC']);
});

test('what could not be kept and does not come again is kept as it is', async () => {
  let away = true;
  const { clock, kept, add } = aDesk(() => (away ? Promise.reject(new Error('away')) : Promise.resolve()));
  add('A', 1);
  await clock.advance(1_000);
  add('B', 2);
  add('C', 3);
  await clock.advance(0);
  away = false;
  await clock.advance(30_000);
  expect(kept).toEqual(['A__']);
});

test('a thousand that are never whole push out the oldest, which is kept as it is', async () => {
  const { clock, kept, add } = aDesk();
  for (let ref = 0; ref <= 1_000; ref++) add(`A${ref}`, 1, {}, ref);
  await clock.advance(0);
  expect(kept).toEqual(['A0__']);
});

test('a stop keeps what has come', async () => {
  const { kept, reassembly, add } = aDesk();
  const answer = add('A', 1);
  await reassembly.close();
  expect(kept).toEqual(['A__']);
  expect(answer.acknowledged).toBe('yes');
});

test('a part that was acknowledged alone outlives a crash, and is a part of its message after it', async () => {
  const { clock, store, add } = aDesk();
  const answer = add('A', 1);
  await clock.advance(1_000);
  expect(answer.acknowledged).toBe('yes');
  const later = aDesk(undefined, { store, clock: new VirtualClock(clock.now()) });
  await later.reassembly.recall();
  later.add('B', 2);
  later.add('C', 3);
  await later.clock.advance(0);
  expect(later.kept).toEqual(['ABC']);
  expect(store.rows.size).toBe(0);
});

test('after a crash it is kept with its gaps when its time has come, counted from when it was stored', async () => {
  const { clock, store, add } = aDesk();
  add('A', 1);
  await clock.advance(1_000);
  const later = aDesk(undefined, { store, clock: new VirtualClock(clock.now() + 400_000) });
  await later.reassembly.recall();
  await later.clock.advance(199_000);
  expect(later.kept).toEqual([]);
  await later.clock.advance(1_000);
  expect([later.kept, store.rows.size]).toEqual([['A__'], 0]);
});

test('nothing is stored of a message that comes at once', async () => {
  const { clock, store, kept, add } = aDesk();
  for (const [at, text] of ['A', 'B', 'C'].entries()) add(text, at + 1);
  await clock.advance(5_000);
  expect([kept, store.rows.size]).toEqual([['ABC'], 0]);
});

test('a part that cannot be stored is asked for again', async () => {
  const { clock, store, kept, add } = aDesk();
  store.isAway = true;
  const answer = add('A', 1);
  await clock.advance(1_000);
  expect(answer.acknowledged).toBe('no');
  store.isAway = false;
  for (const [at, text] of ['A', 'B', 'C'].entries()) {
    const again = add(text, at + 1);
    await clock.advance(1_000);
    expect(again.acknowledged).toBe('yes');
  }
  expect([kept, store.rows.size]).toEqual([['ABC'], 0]);
});

test('while the whole message cannot be kept its parts stay in the store', async () => {
  let away = true;
  const { clock, store, kept, add } = aDesk(async () => {
    if (away) throw new Error('away');
  });
  add('A', 1);
  await clock.advance(1_000);
  const answers = [add('B', 2), add('C', 3)];
  await clock.advance(0);
  expect(answers).toEqual([{ acknowledged: 'no' }, { acknowledged: 'no' }]);
  expect([...store.rows.values()].map(({ octets }) => Buffer.from(octets).toString())).toEqual(['A']);
  away = false;
  add('B', 2);
  add('C', 3);
  await clock.advance(0);
  expect([kept, store.rows.size]).toEqual([['ABC'], 0]);
});
