// The newest messages of this process, by what carriers called them and by whom they went to: receipts and replies come
// before the projection has them, and under load it may be seconds behind.
import type { Media } from '../../domain/contacts/events.ts';
import { type AnswerableAttempt, bare } from '../../domain/contacts/replies.ts';
import type { AttemptId, ChannelId, Instant, SpaceId } from '../../domain/ids.ts';
import type { Found } from '../../store/carrier-ids.ts';

export interface RecentMessage {
  attempt: AttemptId;
  space: SpaceId;
  media: Media;
  to: string;
  /** null: the carrier's own number. */
  from: string | null;
  /** That took it, then. */
  channel: ChannelId;
  at: Instant;
}

export class RecentMessages {
  readonly #most: number;
  /** Oldest first, as the next. */
  readonly #messages = new Map<string, RecentMessage>();
  /** The newest to each address under each sender. */
  readonly #answerable = new Map<string, RecentMessage>();

  constructor({ most = 100_000 }: { most?: number } = {}) {
    this.#most = most;
  }

  add(carrierIds: readonly string[], message: RecentMessage): void {
    for (const id of carrierIds) this.#messages.set(`${message.channel}/${id}`, message);
    const key = answerKey(message);
    this.#answerable.delete(key);
    this.#answerable.set(key, message);
    this.#forgetOldest(this.#messages);
    this.#forgetOldest(this.#answerable);
  }

  /** By the first of the names that is known; of several, only one to that number: the others name other messages. */
  find(channel: ChannelId, carrierIds: readonly string[], to: string | null): Found | undefined {
    for (const carrierId of carrierIds) {
      const message = this.#messages.get(`${channel}/${carrierId}`);
      if (message && (carrierIds.length === 1 || to === null || message.to === to)) {
        return { attempt: message.attempt, carrierId };
      }
    }
    return undefined;
  }

  /** To that address since then, under that number or the channel's own. */
  answerable(
    space: SpaceId,
    reply: { media: Media; address: string; sender: string; channel: ChannelId; since: Instant },
  ): AnswerableAttempt[] {
    const { media, address: to, sender, channel, since } = reply;
    return [sender, null].flatMap((from) => {
      const message = this.#answerable.get(answerKey({ space, media, to, from, channel }));
      if (!message || message.at < since) return [];
      return [{ id: message.attempt, begunAt: message.at, from: message.from, channel: message.channel }];
    });
  }

  #forgetOldest(messages: Map<string, RecentMessage>): void {
    for (const oldest of messages.keys()) {
      if (messages.size <= this.#most) return;
      messages.delete(oldest);
    }
  }
}

function answerKey({ space, media, to, from, channel }: Omit<RecentMessage, 'attempt' | 'at'>): string {
  return `${space}/${media}/${to}/${from === null ? `by ${channel}` : bare(from)}`;
}
