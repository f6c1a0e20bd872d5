// A space that sends SMS by a carrier in another process, and a customer's server that is told what became of each.
import type { StatusReport } from '../contract/reports.ts';
import { type Receiver, startReceiver } from '../server/delivery/testing/receiver.ts';
import { eventually, type Parley, startParley } from './parley.ts';
import { type LastingCarrier, startLastingCarrier } from './peers/smpp/lasting-carrier.ts';

export interface Counts {
  contacts: number;
  waiting: number;
  under_way: number;
  done: number;
  attempts: Record<string, number>;
}

export class Sending {
  readonly parley: Parley;
  readonly carrier: LastingCarrier;
  readonly #receiver: Receiver;
  readonly #space: number;

  private constructor(parley: Parley, carrier: LastingCarrier, receiver: Receiver, space: number) {
    this.parley = parley;
    this.carrier = carrier;
    this.#receiver = receiver;
    this.#space = space;
  }

  static async open({ replyEvery = 0, window = 100, env = {} } = {}): Promise<Sending> {
    const carrier = await startLastingCarrier({ replyEvery });
    const receiver = await startReceiver();
    const parley = await startParley({ voice: 'simulated', env: { PARLEY_ALLOW_TARGETS: '127.0.0.1/32', ...env } });
    const space = await parley.rest<{ id: number }>('POST', '/spaces', {
      ...{ name: 'Sending', code: '000', username: '123456789', time_zone: 'Europe/Paris' },
      calling_hours: { FR: { messages: null } },
    });
    const settings = { host: '127.0.0.1', port: carrier.port, system_id: 'parley', password: 'secret', window };
    const channel = { space_id: space.id, type: 'smpp', name: 'Carrier', settings: { ...settings, from: '38000' } };
    await parley.rest('POST', '/channels', channel);
    const endpoint = { space_id: space.id, type: 'reports', url: receiver.url('/ok'), max_items: 100 };
    await parley.rest('POST', '/endpoints', endpoint);
    return new Sending(parley, carrier, receiver, space.id);
  }

  async close(): Promise<void> {
    await this.parley.close();
    await this.#receiver.stop();
    await this.carrier.stop();
  }

  /** Started, to so many numbers. Its path. */
  async broadcast(count: number, differing: object = {}): Promise<string> {
    const about = { space_id: this.#space, media: 'sms', name: `To ${count}`, text: 'Hello {{name}}', from: '38000' };
    const { id } = await this.parley.rest<{ id: string }>('POST', '/broadcasts', { ...about, ...differing });
    for (let done = 0; done < count; done += 5_000) {
      const contacts = Array.from({ length: Math.min(5_000, count - done) }, (_, place) => ({
        to: numberOf(done + place),
        name: `Contact ${done + place}`,
      }));
      await this.parley.rest('POST', `/broadcasts/${id}/contacts`, contacts);
    }
    await this.parley.rest('POST', `/broadcasts/${id}/start`);
    return `/broadcasts/${id}`;
  }

  async counts(broadcast: string): Promise<Counts & { state: string }> {
    const { counts, state } = await this.parley.rest<{ counts: Counts; state: string }>('GET', broadcast);
    return { ...counts, state };
  }

  async isIn(broadcast: string, state: string, limitMs: number): Promise<void> {
    await eventually(`the broadcast is ${state}`, async () => (await this.counts(broadcast)).state === state, limitMs);
  }

  /** Nothing waits for its delivery any more, and the carrier has nothing to tell. */
  async settled(limitMs: number): Promise<void> {
    await eventually('the carrier has told everything', async () => (await this.carrier.waiting()) === 0, limitMs);
    // What the carrier has told is in the journal; its reports may not be written yet.
    await eventually('all is reported', () => this.#isReported(), limitMs);
    const pending = async () =>
      (await this.parley.rest<{ pending: number }>('GET', `/deliveries/summary?space_id=${this.#space}`)).pending;
    await eventually('all is delivered', async () => (await pending()) === 0, limitMs);
  }

  async #isReported(): Promise<boolean> {
    const response = await fetch(`${this.parley.url}/metrics`, { signal: AbortSignal.timeout(20_000) });
    const lag = /^parley_journal_lag_events\{follower="reports"\} (\d+)$/m.exec(await response.text());
    if (!lag) throw new Error('The reports’ lag is not among the metrics.');
    return lag[1] === '0';
  }

  /** Statuses of each attempt in the order in which they were pushed, by its call_id. */
  async pushed(): Promise<Map<string, { to: string; statuses: string[] }>> {
    const attempts = new Map<string, { to: string; statuses: string[] }>();
    for (const { body } of await this.#receiver.received()) {
      for (const item of (JSON.parse(body) as StatusReport).status_report.sms ?? []) {
        const known = attempts.get(item.call_id) ?? { to: item.to, statuses: [] };
        // The whole history is pushed: what is told now is what was not in it before.
        const before = new Set(known.statuses);
        const told = item.status_list.filter(({ type }) => !before.has(type)).map(({ type }) => type);
        known.statuses.push(...(told.length === 1 ? told : [`${told.length} AT ONCE`]));
        attempts.set(item.call_id, known);
      }
    }
    return attempts;
  }
}

/** French mobile numbers. */
export const numberOf = (place: number): string => `+336${String(10_000_000 + place).padStart(8, '0')}`;
