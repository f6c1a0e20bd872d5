// A carrier (npm `smpp`) that sends the next part of a reply only after the answer to the last, and a crash between two.
import { afterEach, expect, test, vi } from 'vitest';
import { npmCarrier } from '../../../../e2e/peers/smpp/npm-carrier.ts';
import { asId } from '../../../domain/ids.ts';
import { realClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import type { MessageFact } from '../../message.ts';
import { SmppChannel } from './channel.ts';
import { aPartStore } from './testing/part-store.ts';
import { aCarrier } from './testing/settings.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const parts = aPartStore();
async function aChannel(port: number, facts: MessageFact[]) {
  let isAlive = true;
  const channel = new SmppChannel({
    ...{ id: asId(1), space: asId(1), settings: aCarrier({ port }), parts, clock: realClock, log: silentLog },
    listener: {
      // What a dead process takes, nobody has.
      fact: async (fact) => void (isAlive && facts.push(fact)),
      changed: () => undefined,
    },
  });
  open.push({ close: () => channel.close(100) });
  channel.start();
  await vi.waitFor(() => expect(channel.state).toBe('up'), { timeout: 5_000, interval: 5 });
  return () => (isAlive = false);
}

test('the reply is whole: the part that was acknowledged before the crash is in it', async () => {
  const before = await npmCarrier();
  const facts: MessageFact[] = [];
  const part = (number: number, text: string) => ({
    ...{ source_addr_ton: 1, source_addr: '33612345678', destination_addr: '36123', esm_class: 0x40 },
    short_message: Buffer.concat([Buffer.from([5, 0, 3, 9, 2, number]), Buffer.from(text)]),
  });
  const dies = await aChannel(before.port, facts);
  expect((await before.deliver(part(1, 'STOP, '))).command_status).toBe(0);
  dies();
  await before.close();
  const smsc = await npmCarrier();
  open.push(smsc);
  await aChannel(smsc.port, facts);
  expect((await smsc.deliver(part(2, 'merci'))).command_status).toBe(0);
  expect(facts).toMatchObject([{ kind: 'incoming', from: '+33612345678', text: 'STOP, merci' }]);
  await vi.waitFor(() => expect(parts.rows.size).toBe(0));
});
