// A channel and carriers that are not ours, in this process: npm `smpp`. All are closed after each test.
import { afterEach, expect, vi } from 'vitest';
import { type Behaviour, type Carrier, npmCarrier } from '../../../../../e2e/peers/smpp/npm-carrier.ts';
import { asId, asKey } from '../../../../domain/ids.ts';
import { realClock } from '../../../../platform/clock.ts';
import { silentLog } from '../../../../platform/log.ts';
import type { MessageFact, OutgoingMessage } from '../../../message.ts';
import { SmppChannel } from '../channel.ts';
import type { SmppSettings } from '../settings.ts';
import { aPartStore } from './part-store.ts';
import { aCarrier } from './settings.ts';

interface Open {
  close(): Promise<void>;
}

let open: Open[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

export function closedAfterTest<Peer extends Open>(peer: Peer): Peer {
  open.push(peer);
  return peer;
}

export async function closeNow(peer: Open): Promise<void> {
  open = open.filter((each) => each !== peer);
  await peer.close();
}

export interface Desk {
  channel: SmppChannel;
  facts: MessageFact[];
  /** What `fact` answers to; replaced by a test that wants it to fail. */
  keep: (fact: MessageFact) => Promise<void>;
  send(text?: string, changes?: Partial<OutgoingMessage>): ReturnType<SmppChannel['submit']>;
}

export async function deskAt(port: number, settings: Partial<SmppSettings> = {}, { up = true } = {}): Promise<Desk> {
  const facts: MessageFact[] = [];
  const desk: Desk = {
    facts,
    keep: (fact) => {
      facts.push(fact);
      return Promise.resolve();
    },
    channel: new SmppChannel({
      id: asId(1),
      space: asId(1),
      settings: aCarrier({ port, ...settings }),
      listener: { fact: (fact) => desk.keep(fact), changed: () => undefined },
      parts: aPartStore(),
      clock: realClock,
      log: silentLog,
    }),
    send: (text = 'Hello', changes = {}) =>
      desk.channel.submit({ ...aMessage, text, ...changes }, new AbortController().signal),
  };
  closedAfterTest({ close: () => desk.channel.close(100) });
  desk.channel.start();
  if (up) await vi.waitFor(() => expect(desk.channel.state).toBe('up'), { timeout: 5_000, interval: 5 });
  return desk;
}

export const aMessage: OutgoingMessage = {
  attempt: asKey('0123456789abcdef01234567'),
  media: 'sms',
  to: '+33612345678',
  from: 'Parley',
  text: '',
};

export async function carrier(behaviour: Behaviour = {}): Promise<Carrier> {
  return closedAfterTest(await npmCarrier(behaviour));
}

/** As npm `smpp` sends it. */
export const receiptFor = (id: string, changes: Record<string, unknown> = {}) => ({
  source_addr_ton: 1,
  source_addr: '33612345678',
  destination_addr: 'Parley',
  esm_class: 4,
  short_message: `id:${id} sub:001 dlvrd:001 submit date:2611201304 done date:2611201305 stat:DELIVRD err:000 text:Hello`,
  ...changes,
});

export const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 });
