import type { Instant } from '../../../../domain/ids.ts';
import type { Part, PartStore } from '../reassembly.ts';

export interface TestPartStore extends PartStore {
  rows: ReadonlyMap<string, Part & { at: Instant }>;
  /** Keeps nothing meanwhile. */
  isAway: boolean;
}

/** As the table of incoming parts; it outlives channels. */
export function aPartStore(): TestPartStore {
  const rows = new Map<string, Part & { at: Instant }>();
  const messageOf = ({ from, to, segment: { ref, total } }: Pick<Part, 'from' | 'to' | 'segment'>) =>
    JSON.stringify([from, to, ref, total]);
  return {
    rows,
    isAway: false,
    async keep(part, at) {
      if (this.isAway) throw new Error('away');
      rows.set(`${messageOf(part)} ${part.segment.number}`, { ...part, at });
    },
    all: async () => [...rows.values()],
    async remove(part) {
      for (const [key, row] of rows) if (messageOf(row) === messageOf(part)) rows.delete(key);
    },
  };
}
