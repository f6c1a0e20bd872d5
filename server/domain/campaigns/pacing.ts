// How many calls the server starts by itself. Predictive dialling (more calls than free agents, by the share that is
// answered) gets its case here.
import type { DialingMethod } from '../campaign-call.ts';

export interface Pace {
  /** Consultants who are available, whose phones are free, and who owe no result. */
  freeAgents: number;
}

export function callsToStart(method: DialingMethod, { freeAgents }: Pace): number {
  switch (method) {
    case 'PREVIEW':
      return 0; // The consultant looks at the contact first, and starts the call.
    case 'PROGRESSIVE':
      return freeAgents;
    default:
      return method satisfies never;
  }
}
