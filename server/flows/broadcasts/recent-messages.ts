// The newest messages of this process, by what carriers called them and by whom they went to: receipts and replies come
// before the projection has them, and under load it may be seconds behind.
import type { Media } from '../../domain/contacts/events.ts';
import { type AnswerableAttempt, bare } from '../../domain/contacts/replies.ts';
import type { AttemptId, ChannelId, Instant, SpaceId } from '../../domain/ids.ts';
import { Newest } from '../../platform/newest.ts';
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

/** Messages to one address that are remembered, each under another sender. */
const mostSenders = 10;

export class RecentMessages {
  /** By the channel and the carrier's id. */
  readonly #messages: Newest<string, RecentMessage>;
  /** To each address the newest under each sender, the newest of all first. */
  readonly #answerable: Newest<string, readonly RecentMessage[]>;

  /** `least`: carriers' ids, and addresses. */
  constructor({ least = 50_000 }: { least?: number } = {}) {
    this.#messages = new Newest(least);
    this.#answerable = new Newest(least);
  }

  add(carrierIds: readonly string[], message: RecentMessage): void {
    const { channel, to } = message;
    for (const id of carrierIds) this.#messages.set(`${channel}/${id}`, message);
    const others = this.#answerable.get(to)?.filter((other) => !isAnsweredLike(other, message)) ?? [];
    this.#answerable.set(to, [message, ...others.slice(0, mostSenders - 1)]);
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
    const { media, address, sender, channel, since } = reply;
    const known = this.#answerable.get(address) ?? [];
    return [sender, null].flatMap((from) => {
      const message = known.find((one) => isAnsweredLike(one, { space, media, from, channel }));
      if (!message || message.at < since) return [];
      return [{ id: message.attempt, begunAt: message.at, from: message.from, channel: message.channel }];
    });
  }
}

type Sender = Pick<RecentMessage, 'space' | 'media' | 'from' | 'channel'>;

/** An answer to the one may be one to the other: the same sender, or the carrier's own. */
function isAnsweredLike(one: Sender, other: Sender): boolean {
  if (one.space !== other.space || one.media !== other.media) return false;
  if (one.from === null || other.from === null) return one.from === other.from && one.channel === other.channel;
  return bare(one.from) === bare(other.from);
}
