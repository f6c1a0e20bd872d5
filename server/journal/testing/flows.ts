// Flows that append one after the other, each to streams of its own, and remember what was acknowledged.
import { asId, type SpaceId } from '../../domain/ids.ts';
import type { Journal, Recorded } from '../journal.ts';
import { anEvent } from './events.ts';

export interface FlowsOptions {
  journal: Journal;
  /** Starts the names of the streams. */
  name: string;
  flows: number;
  spaces: readonly number[];
  /** Asked by each flow before each append of 1 to 3 events. */
  goesOn(flow: number, append: number): boolean;
}

/** Per stream the version that was acknowledged last. Rejects if any append does. */
export async function runFlows({ journal, name, flows, spaces, goesOn }: FlowsOptions): Promise<Map<string, number>> {
  const acknowledged = new Map<string, number>();
  const run = async (flow: number) => {
    const space = asId<SpaceId>(spaces[flow % spaces.length]!);
    for (let append = 0; goesOn(flow, append); append++) {
      const stream = `call:${name}-${flow}-${Math.floor(append / 5)}`;
      const expected = acknowledged.get(`${space}/${stream}`) ?? 0;
      const events = Array.from({ length: 1 + (append % 3) }, (_, at) => anEvent(expected + 1 + at));
      await journal.append({ space, streams: [{ stream, expected, events }] });
      acknowledged.set(`${space}/${stream}`, expected + events.length);
    }
  };
  await Promise.all(Array.from({ length: flows }, (_, flow) => run(flow)));
  return acknowledged;
}

/** Whole spaces, page by page. */
export async function readAll(journal: Journal, spaces: readonly number[]): Promise<Map<number, Recorded[]>> {
  const read = new Map<number, Recorded[]>();
  for (const space of spaces) {
    const events: Recorded[] = [];
    for (let page = await readAfter(0); page.length > 0; page = await readAfter(events.length)) events.push(...page);
    read.set(space, events);
    function readAfter(seq: number) {
      return journal.readSpace(asId<SpaceId>(space), seq, 5_000);
    }
  }
  return read;
}

/**
 * What is wrong with a log in which these versions, and nothing beyond, were acknowledged: an event lost, twice, out of
 * order, not asked for, or a gap. Empty if nothing is.
 */
export function faultsOf(
  log: ReadonlyMap<number, readonly Recorded[]>,
  acknowledged: ReadonlyMap<string, number>,
): string[] {
  const faults: string[] = [];
  const versions = new Map<string, number>();
  for (const [space, events] of log) {
    for (const [at, { seq, stream, version, event }] of events.entries()) {
      const key = `${space}/${stream}`;
      if (seq !== at + 1) faults.push(`space ${space}: seq ${seq} stands at place ${at + 1}`);
      if (version !== (versions.get(key) ?? 0) + 1)
        faults.push(`${key}: version ${version} after ${versions.get(key) ?? 0}`);
      if (JSON.stringify(event) !== JSON.stringify(anEvent(version)))
        faults.push(`${key}: version ${version} is another event`);
      versions.set(key, version);
    }
  }
  for (const [key, version] of acknowledged) {
    if (versions.get(key) !== version)
      faults.push(`${key}: ${version} acknowledged, ${versions.get(key) ?? 0} written`);
  }
  for (const key of versions.keys()) if (!acknowledged.has(key)) faults.push(`${key} was never acknowledged`);
  return faults;
}
