// The typed client. It has no dependencies and knows the contract's types only.
import type { IvrTrial, TriedIvr } from '../contract/rest/ivrs.ts';
import { type ParleyOptions, Rest } from './rest.ts';

/** Real URLs may take a minute together, and the last of them 15 s more. */
const trialTimeoutMs = 90_000;

export class Parley {
  /** For what has no method of its own here. */
  readonly rest: Rest;
  readonly ivrs: Ivrs;

  constructor(options: ParleyOptions) {
    this.rest = new Rest(options);
    this.ivrs = new Ivrs(this.rest);
  }
}

class Ivrs {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** Runs the IVR, or its draft, without a phone. Needs an administrator's key. */
  try(id: number, trial: IvrTrial): Promise<TriedIvr> {
    return this.#rest.ask('POST', `/ivrs/${id}/try`, { body: trial, timeoutMs: trialTimeoutMs });
  }
}
