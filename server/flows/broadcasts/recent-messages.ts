// What carriers called the newest messages of this process: receipts come before the projection has written the ids.
import type { AttemptId, ChannelId } from '../../domain/ids.ts';
import type { Found } from '../../store/carrier-ids.ts';

export class RecentMessages {
  readonly #most: number;
  /** Oldest first. */
  readonly #messages = new Map<string, { attempt: AttemptId; to: string }>();

  constructor({ most = 100_000 }: { most?: number } = {}) {
    this.#most = most;
  }

  add(channel: ChannelId, carrierIds: readonly string[], message: { attempt: AttemptId; to: string }): void {
    for (const id of carrierIds) this.#messages.set(`${channel}/${id}`, message);
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= this.#most) return;
      this.#messages.delete(oldest);
    }
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
}
