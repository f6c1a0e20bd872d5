// What carriers called the newest messages of this process: receipts come before the projection has written the ids.
import type { AttemptId, ChannelId } from '../../domain/ids.ts';
import type { Found } from '../../store/carrier-ids.ts';

export class RecentMessages {
  readonly #most: number;
  /** Oldest first. */
  readonly #attempts = new Map<string, AttemptId>();

  constructor({ most = 100_000 }: { most?: number } = {}) {
    this.#most = most;
  }

  add(channel: ChannelId, carrierIds: readonly string[], attempt: AttemptId): void {
    for (const id of carrierIds) this.#attempts.set(`${channel}/${id}`, attempt);
    for (const oldest of this.#attempts.keys()) {
      if (this.#attempts.size <= this.#most) return;
      this.#attempts.delete(oldest);
    }
  }

  /** By the first of the names that is known. */
  find(channel: ChannelId, carrierIds: readonly string[]): Found | undefined {
    for (const carrierId of carrierIds) {
      const attempt = this.#attempts.get(`${channel}/${carrierId}`);
      if (attempt !== undefined) return { attempt, carrierId };
    }
    return undefined;
  }
}
