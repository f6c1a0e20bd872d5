// A desk that sends nothing: it writes down what is asked, and answers as told.
import type { ChannelHealth } from '../../channels/message.ts';
import type { ChannelId } from '../../domain/ids.ts';
import type { BroadcastDesk } from '../../flows/broadcasts/desk.ts';

export class FakeBroadcasts implements BroadcastDesk {
  readonly asked: [what: string, space: number, id?: string][] = [];
  readonly health = new Map<ChannelId, ChannelHealth>();
  woken = 0;
  /** Thrown at the next request. */
  refusal: Error | undefined;

  start = this.#asking('start');
  pause = this.#asking('pause');
  cancel = this.#asking('cancel');
  cancelSend = this.#asking('cancelSend');

  wake(): void {
    this.woken++;
  }

  channelsChanged(space: number): void {
    this.asked.push(['channelsChanged', space]);
  }

  channelHealth(channel: ChannelId): ChannelHealth | null {
    return this.health.get(channel) ?? null;
  }

  async whyWaiting() {
    return null;
  }

  #asking(what: string) {
    return async (space: number, id: string): Promise<void> => {
      const { refusal } = this;
      this.refusal = undefined;
      if (refusal) throw refusal;
      this.asked.push([what, space, id]);
    };
  }
}
