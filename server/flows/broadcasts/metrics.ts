// Prometheus figures of what carriers are asked and tell. Labels are bounded: states, never ids.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ChannelState } from '../../channels/message.ts';

export interface BroadcastMetrics {
  submitAnswered(ms: number): void;
  foreignReceipt(): void;
}

const states: readonly ChannelState[] = ['up', 'connecting', 'down'];

/** `channelStates`: of all open channels, asked at each scrape. */
export function broadcastMetrics(registry: Registry, channelStates: () => readonly ChannelState[]): BroadcastMetrics {
  const registers = [registry];
  new Gauge({
    name: 'parley_message_channels',
    help: 'Channels of messages by state',
    labelNames: ['state'],
    registers,
    collect() {
      const now = channelStates();
      for (const state of states) this.set({ state }, now.filter((one) => one === state).length);
    },
  });
  const answered = new Histogram({
    name: 'parley_submit_seconds',
    help: 'From the submit of a message to the carrier’s answer, the wait for its window included',
    registers,
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
  });
  const foreign = new Counter({
    name: 'parley_foreign_receipts_total',
    help: 'Receipts for messages that nobody sent from here; they were acknowledged',
    registers,
  });
  return {
    submitAnswered: (ms) => answered.observe(ms / 1_000),
    foreignReceipt: () => foreign.inc(),
  };
}
