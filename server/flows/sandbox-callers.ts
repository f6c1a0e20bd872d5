// Sandbox callers on their way in: the engine is told to ring, and the call is known once its leg has arrived.
import type { VoiceEngine } from '../channels/voice/engine.ts';
import type { Directory } from '../domain/directory.ts';
import type { CallId, LegId, SpaceId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Centre } from './centre.ts';
import { ringInTarget } from './ring-in-target.ts';

export interface SandboxCallersOptions {
  voice: Pick<VoiceEngine, 'ringIn'>;
  clock: Clock;
  newLeg: () => LegId;
}

/** A sandbox caller's call is known within this time, or something is wrong. */
const ringInLimitMs = 5_000;

export class SandboxCallers {
  readonly #options: SandboxCallersOptions;
  readonly #expected = new Map<LegId, (call: CallId) => void>();

  constructor(options: SandboxCallersOptions) {
    this.#options = options;
  }

  /** Rejects with `voice.command_failed` when he has not arrived within 5 s. */
  async ringIn(space: SpaceId, directory: Directory, call: Parameters<Centre['ringIn']>[1]): Promise<{ call: CallId }> {
    const { voice, clock, newLeg } = this.#options;
    const to = ringInTarget(directory, call.to);
    const leg = newLeg();
    const { promise: arrived, resolve, reject } = Promise.withResolvers<CallId>();
    this.#expected.set(leg, resolve);
    try {
      await voice.ringIn({
        leg,
        space,
        from: { number: call.from, name: call.fromName },
        to,
        digits: call.digits,
        hangUpAfterMs: call.hangUpAfterMs,
      });
      const limit = clock.after(ringInLimitMs, () =>
        reject(new AppError('voice.command_failed', 'The sandbox caller did not arrive.')),
      );
      const id = await arrived;
      limit.cancel();
      return { call: id };
    } finally {
      this.#expected.delete(leg);
    }
  }

  /** A leg has become a call; whether it is one of ours does not matter. */
  arrived(leg: LegId, call: CallId): void {
    this.#expected.get(leg)?.(call);
  }
}
