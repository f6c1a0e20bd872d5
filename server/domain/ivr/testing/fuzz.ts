// Whatever a customer answers, the caller is not lost: each document is read, and a call that gets it as its answer
// comes to its end.
import { mostActions, readResponse } from '../../call-interactive/response.ts';
import { anyDocument } from '../../call-interactive/testing/documents.ts';
import { anIvr, ask, call, hangup } from './caller.ts';

export interface FuzzReport {
  documents: number;
  /** Those of which actions run. */
  running: number;
  /** The longest CPU time that reading one took, measured again to leave out whatever else ran; and its seed. */
  slowest: { seed: number; ms: number };
  /** What must not be; empty. */
  faults: string[];
}

const mostFaults = 20;

export interface Fuzz {
  /** The first seed. */
  from: number;
  documents: number;
  /** CPU time of this thread so far. */
  cpuMs(): number;
}

export function fuzzResponses({ from, documents, cpuMs }: Fuzz): FuzzReport {
  const report: FuzzReport = { documents, running: 0, slowest: { seed: from, ms: 0 }, faults: [] };
  for (let seed = from; seed < from + documents && report.faults.length < mostFaults; seed++) {
    const document = anyDocument(seed);
    try {
      const before = cpuMs();
      const { actions } = readResponse(document);
      if (cpuMs() - before > report.slowest.ms) report.slowest = slower(report.slowest, seed, document, cpuMs);
      if (actions.length > 0) report.running++;
      if (actions.length > mostActions) report.faults.push(`${seed}: ${actions.length} actions`);
      const answers = [{ body: document }];
      const { outcome } = call(ivr, { answers, targets: { 101: 'no_answer' }, hangUpAfterMs });
      if (outcome === 'caller_gone') report.faults.push(`${seed}: the call did not go on`);
    } catch (error) {
      report.faults.push(`${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  return report;
}

/** Longer than ten pauses of an hour. */
const hangUpAfterMs = 24 * 3_600_000;
const ivr = anIvr({ main: { start: [ask(), hangup] }, 3: { start: [hangup] } });

/** Twice more, and the fastest counts: the first time may have met a garbage collection or another process. */
function slower(
  slowest: FuzzReport['slowest'],
  seed: number,
  document: Uint8Array,
  cpuMs: Fuzz['cpuMs'],
): FuzzReport['slowest'] {
  const times = [0, 1].map(() => {
    const before = cpuMs();
    readResponse(document);
    return cpuMs() - before;
  });
  const ms = Math.min(...times);
  return ms > slowest.ms ? { seed, ms } : slowest;
}
