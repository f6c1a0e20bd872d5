// What is asked of broadcasts and of single sends. What REST has written (contacts, a single send) is found by itself;
// wake() spares it the wait for the next look.
import type { ChannelState } from '../../channels/message.ts';
import type { AttemptId, BroadcastId, ChannelId, SpaceId } from '../../domain/ids.ts';

export interface BroadcastDesk {
  /**
   * Runs a draft, ready or paused broadcast; one whose `starts_at` is to come is scheduled.
   * Rejects with `request.not_found`, `broadcast.wrong_state`, `broadcast.nothing_to_send` (no contact waits),
   * `broadcast.no_channel` (the space has no enabled channel of its media).
   */
  start(space: SpaceId, broadcast: BroadcastId): Promise<void>;
  /**
   * Nothing is submitted any more when it resolves, but what a carrier is being asked at that moment; what was submitted
   * is followed to its end. Rejects with `request.not_found`, `broadcast.wrong_state`.
   */
  pause(space: SpaceId, broadcast: BroadcastId): Promise<void>;
  /** As pause, and for good: contacts that wait are done. Rejects likewise. */
  cancel(space: SpaceId, broadcast: BroadcastId): Promise<void>;
  /** A single send that has not left. Rejects with `request.not_found`, `message.left`. */
  cancelSend(space: SpaceId, attempt: AttemptId): Promise<void>;
  /** Contacts were added, or a single send was written. */
  wake(): void;
  /** Channels of the space were added, changed or removed. */
  channelsChanged(space: SpaceId): void;
  /** null: no such channel, or it is not enabled. */
  channelState(channel: ChannelId): ChannelState | null;
}
