// Contact attempts as the flows append them, for tests of reports. Builders take only what differs.
import type { AttemptEvent, AttemptFacts, ReplyEvent } from '../../../domain/contacts/events.ts';
import {
  after,
  asId,
  asKey,
  type AttemptId,
  type BroadcastId,
  type ChannelId,
  type ContactId,
  instant,
  type Instant,
} from '../../../domain/ids.ts';

/** 11:48:38 in Paris, in summer. */
export const start = instant(Date.UTC(2018, 9, 19, 9, 48, 38));

const hex = (number: number) => number.toString(16).padStart(24, '0');
export const attemptId = (number: number): AttemptId => asKey(`5bc9a875${hex(number).slice(8)}`);
export const broadcastId = (number: number): BroadcastId => asKey(`5bc9a86f${hex(number).slice(8)}`);

export function facts(number: number, differs: Partial<AttemptFacts> = {}): AttemptFacts {
  return {
    media: 'sms',
    broadcast: broadcastId(1),
    contact: asKey<ContactId>(`5bc9a870${hex(number).slice(8)}`),
    to: '+33601020000',
    from: '36105',
    refExterne: '123456',
    number: 1,
    channel: asId<ChannelId>(4),
    username: '123456789',
    timeZone: 'Europe/Paris',
    ...differs,
  };
}

/** What happens to one attempt, each thing `s` seconds after the start. */
export class AttemptStory {
  readonly attempt: AttemptId;
  readonly #number: number;

  constructor(number: number) {
    this.#number = number;
    this.attempt = attemptId(number);
  }

  begun(differs: Partial<AttemptFacts> = {}, s = 0): AttemptEvent {
    return { ...this.#at(s), type: 'attempt.begun', about: facts(this.#number, differs) };
  }

  sent(s = 0, differs: Partial<Extract<AttemptEvent, { type: 'attempt.sent' }>> = {}): AttemptEvent {
    const [channel, carrierIds] = [facts(this.#number).channel, [`c${this.#number}`]];
    return {
      ...{ ...this.#at(s), type: 'attempt.sent', channel, carrierIds, size: null, pages: null, timeS: null },
      ...differs,
    };
  }

  partReceived(s: number, carrierId: string): AttemptEvent {
    return { ...this.#at(s), type: 'attempt.part_received', carrierId };
  }

  received(s: number): AttemptEvent {
    return { ...this.#at(s), type: 'attempt.received' };
  }

  answered(s: number, text: string, optedOut = false): AttemptEvent {
    const { channel, from } = facts(this.#number);
    return { ...this.#at(s), type: 'attempt.answered', channel: channel!, to: from!, text, optedOut };
  }

  failed(s: number, code: string | null, info: string): AttemptEvent {
    return { ...this.#at(s), type: 'attempt.failed', code, info, retry: false };
  }

  aborted(s: number, info: string): AttemptEvent {
    return { ...this.#at(s), type: 'attempt.aborted', code: null, info };
  }

  outcomeUnknown(s: number): AttemptEvent {
    return { ...this.#at(s), type: 'attempt.outcome_unknown', info: 'The connection was lost.' };
  }

  converted(s: number): AttemptEvent {
    return { ...this.#at(s), type: 'attempt.converted', pages: 3 };
  }

  established(s: number): AttemptEvent {
    return { ...this.#at(s), type: 'attempt.established', answeredBy: 'human' };
  }

  transferred(s: number, to: string): AttemptEvent {
    return { ...this.#at(s), type: 'attempt.transferred', to };
  }

  /** Of a call that was answered at `answeredS`. */
  ended(
    s: number,
    answeredS: number,
    differs: Partial<Extract<AttemptEvent, { type: 'attempt.ended' }>['scenario']> = {},
  ): AttemptEvent {
    const scenario = {
      answeredBy: 'human' as const,
      voicemail: false,
      answeredAt: after(start, answeredS * 1_000),
      endedAt: after(start, s * 1_000),
      termination: 'hangup' as const,
      route: [],
      transferredTo: null,
      ...differs,
    };
    return { ...this.#at(s), type: 'attempt.ended', scenario };
  }

  #at(s: number): { attempt: AttemptId; at: Instant } {
    return { attempt: this.attempt, at: after(start, s * 1_000) };
  }
}

export function unmatchedReply(number: number, differs: Partial<ReplyEvent> = {}): ReplyEvent {
  return {
    type: 'reply.unmatched',
    reply: `5bc9aaaa${hex(number).slice(8)}`,
    at: start,
    media: 'sms',
    channel: asId<ChannelId>(4),
    from: '+33601020304',
    to: '36105',
    text: 'Who is this?',
    optedOut: false,
    ...differs,
  };
}
