// One attempt by one channel after the other: begun in the journal, submitted, and what the carrier said is written down.
import type { MessageChannel, SubmitOutcome } from '../../channels/message.ts';
import { whenRefused, whenTaken, whenUnanswered } from '../../domain/contacts/attempt.ts';
import type { AttemptEvent, AttemptFacts, Failure } from '../../domain/contacts/events.ts';
import { fateOf, isTriedAgain, noRetry } from '../../domain/contacts/retry.ts';
import type { SpaceSettings } from '../../domain/directory.ts';
import { after, type ChannelId, type Instant, type SpaceId } from '../../domain/ids.ts';
import { AppError, isAppError } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { AttemptLog, Written } from './attempt-log.ts';
import type { Blocked, Ready } from './claims.ts';
import type { ContactMoves } from './contact-moves.ts';
import { moveOf } from './fates.ts';
import type { RecentMessages } from './recent-messages.ts';

export interface SubmitsOptions {
  attempts: AttemptLog;
  moves: ContactMoves;
  recent: RecentMessages;
  clock: Clock;
  log: Log;
  /** From the submit to the carrier's answer. */
  answered(ms: number): void;
}

/** A channel that took nothing is not asked again at once. */
const restMs = 1_000;
const tooLate = { outcome: 'not_sent', info: 'It was held for too long before it left.' } as const;
/** While the journal takes nothing, what the carrier said is kept and offered again. */
const offerAgainMs = 200;

/** The codes are ours: no carrier was asked. */
const whyAborted: Record<Blocked, Failure> = {
  cancelled: { code: 'CANCELLED', info: 'It was cancelled before it left.' },
  opted_out: { code: 'OPTED_OUT', info: 'The contact has asked not to be written to.' },
  do_not_call: { code: 'DO_NOT_CALL', info: 'The number is on the do-not-call list of the space.' },
  forbidden_number: { code: 'FORBIDDEN_NUMBER', info: 'The space may not send to such a number.' },
  empty_text: { code: 'EMPTY_TEXT', info: 'The text is empty for this contact.' },
  text_too_long: { code: 'TEXT_TOO_LONG', info: 'The text makes more messages than the space allows.' },
};

export class Submits {
  readonly #options: SubmitsOptions;

  constructor(options: SubmitsOptions) {
    this.#options = options;
  }

  /** Begins the attempts; those that are ours to submit. The others are put back, or another process has them. */
  async begin(space: SpaceSettings, ready: readonly Ready[], channel: ChannelId | null): Promise<Ready[]> {
    const begun = await Promise.all(ready.map((one) => this.#beginOne(space, one, channel)));
    return ready.filter((_, index) => begun[index]);
  }

  /**
   * Resolves when the contact has moved on. `answered`: the first channel has said what becomes of it. `another`: a
   * channel that is up, other than those. `isOurs`: nobody else has looked after it meanwhile.
   */
  async submit(
    space: SpaceId,
    ready: Ready,
    by: {
      channel: MessageChannel;
      signal: AbortSignal;
      isOurs(): boolean;
      answered(): void;
      another(tried: readonly ChannelId[]): MessageChannel | undefined;
    },
  ): Promise<void> {
    const tried: ChannelId[] = [];
    for (let channel: MessageChannel | undefined = by.channel; channel; channel = by.another(tried)) {
      const outcome = by.isOurs() ? await this.#ask(channel, ready, by.signal) : tooLate;
      if (tried.length === 0) by.answered();
      if (outcome.outcome !== 'not_sent') return await this.#settle(space, ready, channel.id, outcome);
      tried.push(channel.id);
      if (by.signal.aborted || !by.isOurs()) break;
    }
    const from = by.signal.aborted ? this.#now : after(this.#now, restMs);
    await this.putBack(space, ready, { begun: true, from });
  }

  /** It waits again, for the same attempt: nothing was sent. */
  async putBack(
    space: SpaceId,
    { contact, attempt }: Ready,
    { begun, from }: { begun: boolean; from?: Instant },
  ): Promise<void> {
    const at = from ?? this.#now;
    await this.#options.moves.add({ space, contact: contact.id, attempt, to: 'put_back', at, begun });
  }

  /** Reports it as aborted, whether it has begun or not. */
  async abort(space: SpaceSettings, ready: Ready, why: Blocked): Promise<void> {
    const { attempt, contact } = ready;
    const at = this.#now;
    await this.#written(() =>
      this.#options.attempts.write(space.id, attempt, (state) => {
        if (state.carrierIds !== null || state.aborted) return [];
        const aborted: AttemptEvent = { type: 'attempt.aborted', attempt, at, ...whyAborted[why] };
        return state.about
          ? [aborted]
          : [{ type: 'attempt.begun', attempt, at, about: factsOf(space, ready, null) }, aborted];
      }),
    );
    await this.#options.moves.add({ space: space.id, contact: contact.id, attempt, to: 'done', reason: why });
  }

  get #now(): Instant {
    return this.#options.clock.now();
  }

  async #beginOne(space: SpaceSettings, ready: Ready, channel: ChannelId | null): Promise<boolean> {
    if (ready.contact.begun) return true;
    const { attempt } = ready;
    const about = factsOf(space, ready, channel);
    try {
      const { events } = await this.#options.attempts.begin(space.id, attempt, [
        { type: 'attempt.begun', attempt, at: this.#now, about },
      ]);
      return events.length > 0; // Else another process was faster, and it is that one's.
    } catch (error) {
      if (!isAppError(error)) throw error;
      // Nothing of it was written, unless the server is stopping: whoever comes after looks into the stream.
      if (error.code === 'journal.full')
        await this.putBack(space.id, ready, { begun: false, from: after(this.#now, restMs) });
      return false;
    }
  }

  async #ask(
    channel: MessageChannel,
    { attempt, contact, text, from }: Ready,
    signal: AbortSignal,
  ): Promise<SubmitOutcome> {
    const { clock, log, answered } = this.#options;
    const askedAt = clock.now();
    const message = { attempt, media: contact.media, to: contact.address, from, text };
    try {
      const outcome = await channel.submit(message, signal);
      if (outcome.outcome !== 'not_sent') answered(clock.now() - askedAt);
      return outcome;
    } catch (error) {
      // Against its promise: it may have been sent.
      log.error({ err: error, channel: channel.id, attempt }, 'a channel failed to submit');
      return { outcome: 'unknown', info: 'The channel failed.' };
    }
  }

  async #settle(
    space: SpaceId,
    { attempt, broadcast, contact, from }: Ready,
    channel: ChannelId,
    outcome: Exclude<SubmitOutcome, { outcome: 'not_sent' }>,
  ): Promise<void> {
    const { attempts, moves, recent } = this.#options;
    const rules = broadcast?.retry ?? noRetry;
    const at = this.#now;
    if (outcome.outcome === 'taken') {
      const { media, address: to } = contact;
      recent.add(outcome.carrierIds, { attempt, space, media, to, from, channel, at });
    }
    const written = await this.#written(() =>
      attempts.write(space, attempt, (state) => {
        switch (outcome.outcome) {
          case 'taken':
            return whenTaken(state, { attempt, at, channel, carrierIds: outcome.carrierIds, size: outcome.size });
          case 'refused': {
            const { code, info, retryable } = outcome;
            const retry = isTriedAgain(rules, { number: state.about?.number ?? 1, how: 'refused', retryable });
            return whenRefused(state, { attempt, at, code, info, retry });
          }
          case 'unknown':
            return whenUnanswered(state, { attempt, at, info: outcome.info });
          default:
            return outcome satisfies never;
        }
      }),
    );
    const move = written && moveOf({ space, contact: contact.id, attempt }, fateOf(written.state, rules));
    if (move) await moves.add(move);
  }

  /** Offered until the journal takes it: nobody else knows. undefined: the server stops; the stream tells that it is open. */
  async #written(write: () => Promise<Written>): Promise<Written | undefined> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (!isAppError(error) || error.code === 'internal') throw error;
        if (error.code === 'server.draining') return undefined;
        this.#options.log.warn({ err: error }, 'what a carrier said waits for the journal');
        await new Promise<void>((resolve) => this.#options.clock.after(offerAgainMs, resolve));
      }
    }
  }
}

function factsOf(space: SpaceSettings, { contact, broadcast, from }: Ready, channel: ChannelId | null): AttemptFacts {
  if (contact.media === 'call') throw new AppError('internal', 'Calls leave by trunks.');
  return {
    media: contact.media,
    broadcast: broadcast?.id ?? null,
    contact: contact.id,
    to: contact.address,
    from,
    refExterne: contact.refExterne,
    number: contact.attempts + 1 - (contact.begun ? 1 : 0),
    channel,
    username: space.username,
    timeZone: space.timeZone,
    ...(broadcast?.extended === false && { extended: false }),
  };
}
