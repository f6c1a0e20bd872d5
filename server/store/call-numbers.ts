// Call numbers are taken from PostgreSQL in blocks, so that a call never waits for one.
import { AppError } from '../errors.ts';
import type { Background } from '../platform/background.ts';
import type { Transaction } from '../platform/db.ts';

const blockSize = 1_000;
const refillBelow = 500;

export interface CallNumbers {
  /** Positive, unique in the installation; throws `database.unavailable` when none could be fetched for long. */
  next(): number;
}

export async function openCallNumbers(db: Transaction, background: Background): Promise<CallNumbers> {
  let blocks = [await takeBlock(db)];
  let refilling = false;

  async function refill(): Promise<void> {
    try {
      blocks.push(await takeBlock(db));
    } finally {
      refilling = false;
    }
  }

  return {
    next() {
      blocks = blocks.filter((block) => block.next < block.end);
      const left = blocks.reduce((sum, block) => sum + block.end - block.next, 0);
      if (left < refillBelow && !refilling) {
        refilling = true;
        background.run('take call numbers', refill());
      }
      const [block] = blocks;
      if (!block) throw new AppError('database.unavailable', 'No call number is left, and the database gives none.');
      return block.next++;
    },
  };
}

async function takeBlock(db: Transaction): Promise<{ next: number; end: number }> {
  const { rows } = await db.query<{ end: string }>('update call_numbers set next = next + $1 returning next as end', [
    blockSize,
  ]);
  const end = Number(rows[0]?.end);
  return { next: end - blockSize, end };
}
