// One bind that is kept up: connects, binds, and does so again when it is lost, until it is closed.
//
//   idle ── start() ──> connecting ── bound ──> up ── ended ──> waiting ── back-off ──> connecting …
//   close() ends it from every state.
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import { connect } from './connect.ts';
import type { BindCommand, DataMessage, ShortMessage } from './pdu.ts';
import { Session } from './session.ts';
import type { SmppSettings } from './settings.ts';

export interface LinkListener {
  message(pdu: ShortMessage | DataMessage): Promise<void>;
  /** It is up or down now, or has room for more submits. */
  changed(): void;
}

/** After a connection that failed or was lost; in a row. */
const backOffMs = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];
/** After a refusal: a carrier may lock who asks with a wrong password again and again. */
const refusedMs = 30_000;
/** A bind that has held for so long begins the back-off anew. */
const steadyMs = 10_000;
/** Of failures in a row, the first and each of these is told. */
const warnEvery = 20;
const unbindLimitMs = 2_000;

export class Link {
  readonly #as: BindCommand;
  readonly #settings: SmppSettings;
  readonly #listener: LinkListener;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #closing = new AbortController();
  #session: Session | null = null;
  #up = false;
  #failures = 0;
  /** Since the last attempt to connect failed, or the connection was lost, and none has succeeded; else null. */
  #problem: string | null = null;
  #retry: Timer | null = null;

  constructor(options: { as: BindCommand; settings: SmppSettings; listener: LinkListener; clock: Clock; log: Log }) {
    this.#as = options.as;
    this.#settings = options.settings;
    this.#listener = options.listener;
    this.#clock = options.clock;
    this.#log = options.log.child({ bind: options.as });
  }

  /** Bound: null, if it is not. */
  get session(): Session | null {
    return this.#up ? this.#session : null;
  }

  /** Why the last attempt to connect failed, or the connection was lost; null: it is up, or was not tried yet. */
  get problem(): string | null {
    return this.#problem;
  }

  start(): void {
    if (!this.#closing.signal.aborted) void this.#connect();
  }

  /** Nothing is under way any more, or it is unknown from now on. The good-bye is waited for `limitMs`, 2 s at most. */
  async close(limitMs: number): Promise<void> {
    this.#closing.abort();
    this.#retry?.cancel();
    await this.#session?.unbind(Math.min(limitMs, unbindLimitMs));
  }

  /** Never rejects. */
  async #connect(): Promise<void> {
    let socket: Socket;
    try {
      socket = await connect(this.#settings, { clock: this.#clock, signal: this.#closing.signal });
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error), false);
      return;
    }
    if (this.#closing.signal.aborted) socket.destroy();
    else await this.#bind(socket);
  }

  async #bind(socket: Socket): Promise<void> {
    let boundAt: number | null = null;
    const session = new Session({
      socket,
      window: this.#settings.window,
      answerTimeoutMs: this.#settings.answerTimeoutMs,
      enquireLinkMs: this.#settings.enquireLinkMs,
      clock: this.#clock,
      log: this.#log,
      listener: {
        message: (pdu) => this.#listener.message(pdu),
        roomGrew: () => this.#listener.changed(),
        ended: (why, refused) => {
          this.#session = null;
          this.#up = false;
          if (boundAt !== null && this.#clock.now() - boundAt >= steadyMs) this.#failures = 0;
          this.#failed(why, refused);
        },
      },
    });
    this.#session = session;
    if (!(await session.bind(this.#as, this.#settings))) return;
    boundAt = this.#clock.now();
    this.#problem = null;
    this.#up = true;
    this.#log.info({}, 'bound to the carrier');
    this.#listener.changed();
  }

  #failed(why: string, refused: boolean): void {
    if (this.#closing.signal.aborted) return;
    const delay = refused ? refusedMs : backOffMs[Math.min(this.#failures, backOffMs.length - 1)]!;
    this.#problem = why;
    const level = this.#failures++ % warnEvery === 0 ? 'warn' : 'debug';
    this.#log[level]({ why, againInMs: delay }, 'no connection to the carrier');
    this.#retry = this.#clock.after(delay, () => void this.#connect());
    this.#listener.changed();
  }
}
