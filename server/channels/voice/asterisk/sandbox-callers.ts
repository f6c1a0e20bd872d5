// Sandbox callers: both halves of a Local channel. One half rings in and bears the leg's id; in the other the dialplan
// plays the caller once he is answered (dialplan.ts).
import type { LegId } from '../../../domain/ids.ts';
import { q850 } from '../../../domain/q850.ts';
import { AppError } from '../../../errors.ts';
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { SandboxCall } from '../engine.ts';
import { type AriClient, AriRefusal } from './ari-client.ts';
import type { Calls } from './calls.ts';
import { contexts, variables } from './dialplan.ts';
import type { Directory } from './directory.ts';

/** Asterisk gives up the unanswered caller by itself; the flows have done so long before. */
const ringsAtMostS = 3_600;

export class SandboxCallers {
  readonly #ari: AriClient;
  readonly #calls: Calls;
  readonly #clock: Clock;
  readonly #directory: () => Directory;
  readonly #failed: (error: unknown, what: string) => void;
  readonly #impatience = new Map<LegId, Timer>();

  constructor(options: {
    ari: AriClient;
    calls: Calls;
    clock: Clock;
    directory: () => Directory;
    failed: (error: unknown, what: string) => void;
  }) {
    this.#ari = options.ari;
    this.#calls = options.calls;
    this.#clock = options.clock;
    this.#directory = options.directory;
    this.#failed = options.failed;
  }

  /** Throws `call.unknown_target` when `to` names no DID of a sandbox trunk. */
  async ringIn(call: SandboxCall): Promise<void> {
    if (this.#calls.has(call.leg)) throw new AppError('voice.command_failed', `Leg ${call.leg} exists already.`);
    const until = call.hangUpAfterMs === null ? '' : String((this.#clock.now() + call.hangUpAfterMs) / 1_000);
    try {
      await this.#ari.request('POST /channels', {
        query: {
          endpoint: `Local/s@${contexts.arrival}/n`,
          context: contexts.caller,
          extension: 's',
          priority: 1,
          channelId: callerChannel(call.leg),
          otherChannelId: call.leg,
          callerId: `"${(call.from.name ?? '').replaceAll('"', '')}" <${call.from.number}>`,
          timeout: ringsAtMostS,
          formats: 'ulaw',
        },
        body: {
          variables: {
            [variables.arrival]: this.#arrivalOf(call),
            [variables.script]: call.digits.map(({ atMs, digits }) => `${atMs}:${digits}`).join('&'),
            [variables.until]: until,
          },
        },
      });
    } catch (error) {
      if (!(error instanceof AriRefusal)) throw error;
      throw new AppError('voice.command_failed', 'Asterisk refused the sandbox caller.', { cause: error });
    }
    if (call.hangUpAfterMs !== null) this.#hangUpAfter(call.leg, call.hangUpAfterMs);
  }

  /** The callers live on; the dialplan ends those who have been answered. */
  forget(): void {
    for (const timer of this.#impatience.values()) timer.cancel();
    this.#impatience.clear();
  }

  #arrivalOf({ space, to }: SandboxCall): string {
    // A comma would make another argument; the dialplan keeps the same characters of what others dial.
    if (to.kind === 'extension') return `sandbox-space,${space},${to.number.replace(/[^0-9A-Za-z+*#._]/g, '')}`;
    const trunk = this.#directory().trunk(to.trunk);
    if (trunk?.type !== 'sandbox' || !trunk.dids.includes(to.did))
      throw new AppError('call.unknown_target', `Trunk ${to.trunk} is no sandbox trunk with that DID.`);
    return `sandbox-trunk,${to.trunk},${to.did}`;
  }

  #hangUpAfter(leg: LegId, ms: number): void {
    const timer = this.#clock.after(ms, () => {
      this.#impatience.delete(leg);
      this.#ari
        .request('DELETE /channels/{channelId}', {
          path: { channelId: callerChannel(leg) },
          query: { reason_code: String(q850.normal) },
        })
        .catch((error: unknown) => this.#failed(error, 'hang up a sandbox caller'));
    });
    this.#impatience.set(leg, timer);
  }
}

function callerChannel(leg: LegId): string {
  return `caller-${leg}`;
}
