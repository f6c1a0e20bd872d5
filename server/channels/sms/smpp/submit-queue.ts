// Submits on their way to a connection with room: in their order, not faster than the pace, each with a limit of time.
//
//   waiting ── room and pace ──> on the wire ── answer ──> taken | refused
//      │  ↑                          │  └─ none, or cut ──> unknown
//      │  └───── too fast ───────────┘
//      └── limit, abort, no connection ──> not_sent
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Submit } from './outgoing.ts';
import { Pace } from './pace.ts';
import type { Session } from './session.ts';
import type { QueueFull } from './settings.ts';
import { statuses } from './status.ts';
import type { Answer } from './window.ts';

export type SubmitResult =
  | { result: 'taken'; messageId: string }
  | { result: 'refused'; status: number }
  | { result: 'not_sent'; info: string }
  | { result: 'unknown'; info: string };

interface Waiting {
  pdu: Submit;
  until: number;
  /** Goes on waiting while there is no connection: a part of the message has left. */
  committed: boolean;
  signal: AbortSignal | null;
  settle(result: SubmitResult): void;
}

/** By which the carrier says that it has not taken a message because we are too fast. */
const tooFastBy: Readonly<Record<QueueFull, ReadonlySet<number>>> = {
  too_fast: new Set([statuses.ESME_RTHROTTLED, statuses.ESME_RMSGQFUL]),
  refused: new Set([statuses.ESME_RTHROTTLED]),
};

const givenUp = 'It was given up before it left.';

/** What may wait at once. The owner asks `room` first; more than this is a fault of his. */
const mostWaiting = 20_000;

export class SubmitQueue {
  readonly #sessions: () => readonly Session[];
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #tooFast: ReadonlySet<number>;
  readonly #pace: Pace;
  readonly #roomGrew: () => void;
  #waiting: Waiting[] = [];
  /** Signals that are listened to; many messages share one. */
  readonly #heeded = new WeakSet<AbortSignal>();
  #paceTimer: Timer | null = null;
  #limitTimer: Timer | null = null;

  /** `sessions`: bound and able to submit, now. `roomGrew`: told only what `pump` does not find out by itself: time. */
  constructor(options: {
    sessions: () => readonly Session[];
    clock: Clock;
    limitMs: number;
    throughputPerS: number | null;
    queueFull: QueueFull;
    roomGrew: () => void;
  }) {
    this.#sessions = options.sessions;
    this.#clock = options.clock;
    this.#limitMs = options.limitMs;
    this.#tooFast = tooFastBy[options.queueFull];
    this.#pace = new Pace({ clock: options.clock, perS: options.throughputPerS });
    this.#roomGrew = options.roomGrew;
  }

  /** How many more would leave at once. */
  get room(): number {
    const windows = this.#sessions().reduce((sum, session) => sum + session.room, 0);
    return Math.max(0, Math.min(windows, this.#pace.room) - this.#waiting.length);
  }

  /** The carrier has said that we are too fast. */
  get isHeldBack(): boolean {
    return this.#pace.isPaused;
  }

  /** Always resolves. `signal`: not_sent, if it still waits. */
  submit(
    pdu: Submit,
    { committed, signal }: { committed: boolean; signal: AbortSignal | null },
  ): Promise<SubmitResult> {
    if (signal?.aborted) return Promise.resolve({ result: 'not_sent', info: givenUp });
    if (this.#waiting.length >= mostWaiting)
      return Promise.resolve({ result: 'not_sent', info: 'Too much waits for the carrier.' });
    return new Promise((settle) => {
      const until = this.#clock.now() + this.#limitMs;
      const waiting: Waiting = { pdu, until, committed, signal, settle };
      if (committed) this.#waiting.splice(this.#committed, 0, waiting);
      else this.#waiting.push(waiting);
      if (signal !== null) this.#heed(signal);
      this.pump();
    });
  }

  /** Sends what may be sent now. To be called when a session has more room. */
  pump(): void {
    let next = 0;
    while (next < this.#waiting.length && this.#pace.room > 0) {
      const session = this.#roomiest();
      if (session === null) break;
      this.#write(session, this.#waiting[next++]!);
    }
    this.#waiting.splice(0, next);
    this.#watchPace();
    this.#watchLimits();
  }

  /** No connection is left: what need not wait does not. */
  giveUp(info: string): void {
    const given = this.#waiting.filter((waiting) => !waiting.committed);
    this.#waiting = this.#waiting.filter((waiting) => waiting.committed);
    for (const waiting of given) endUnsent(waiting, info);
  }

  /** Nothing leaves any more. */
  close(info: string): void {
    this.#paceTimer?.cancel();
    this.#limitTimer?.cancel();
    for (const waiting of this.#waiting.splice(0)) endUnsent(waiting, info);
  }

  /** The one with most room, so that all windows are used. */
  #roomiest(): Session | null {
    let best: Session | null = null;
    let most = 0;
    for (const session of this.#sessions()) {
      if (session.room <= most) continue;
      best = session;
      most = session.room;
    }
    return best;
  }

  #write(session: Session, waiting: Waiting): void {
    this.#pace.spend();
    void session.submit(waiting.pdu).then((answer) => this.#answered(waiting, answer));
  }

  #answered(waiting: Waiting, answer: Answer): void {
    if ('unknown' in answer) return waiting.settle({ result: 'unknown', info: answer.unknown });
    const { answered } = answer;
    if (answered.status === 0 && answered.command === 'submit_sm_resp') {
      this.#pace.taken();
      return waiting.settle({ result: 'taken', messageId: answered.messageId });
    }
    if (answered.status === 0)
      return waiting.settle({ result: 'unknown', info: `The carrier answered by ${answered.command}.` });
    if (!this.#tooFast.has(answered.status)) return waiting.settle({ result: 'refused', status: answered.status });
    this.#pace.tooFast();
    if (waiting.signal?.aborted) return endUnsent(waiting, givenUp);
    this.#waiting.unshift(waiting);
    this.pump();
  }

  /** How many in front go on with a message that has begun. */
  get #committed(): number {
    const first = this.#waiting.findIndex(({ committed }) => !committed);
    return first < 0 ? this.#waiting.length : first;
  }

  #heed(signal: AbortSignal): void {
    if (this.#heeded.has(signal)) return;
    this.#heeded.add(signal);
    signal.addEventListener('abort', () => {
      const given = this.#waiting.filter((waiting) => waiting.signal === signal);
      this.#waiting = this.#waiting.filter((waiting) => waiting.signal !== signal);
      for (const waiting of given) endUnsent(waiting, givenUp);
    });
  }

  /** A pause ends, or throughput is saved: by time alone. */
  #watchPace(): void {
    const waitMs = this.#pace.waitMs;
    if (waitMs === 0 || this.#paceTimer !== null) return;
    this.#paceTimer = this.#clock.after(waitMs, () => {
      this.#paceTimer = null;
      this.pump();
      this.#roomGrew();
    });
  }

  #watchLimits(): void {
    if (this.#limitTimer !== null || this.#waiting.length === 0) return;
    const next = this.#waiting.reduce((least, { until }) => Math.min(least, until), Infinity);
    this.#limitTimer = this.#clock.after(next - this.#clock.now(), () => {
      this.#limitTimer = null;
      const now = this.#clock.now();
      const late = this.#waiting.filter(({ until }) => until <= now);
      this.#waiting = this.#waiting.filter(({ until }) => until > now);
      for (const waiting of late) endUnsent(waiting, 'There was no room at the carrier in time.');
      this.#watchLimits();
      if (late.length > 0) this.#roomGrew();
    });
  }
}

function endUnsent({ settle }: Waiting, info: string): void {
  settle({ result: 'not_sent', info });
}
