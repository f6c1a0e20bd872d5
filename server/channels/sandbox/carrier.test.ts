import { expect, test } from 'vitest';
import { asId, asKey, type AttemptId, type ChannelId, type SpaceId } from '../../domain/ids.ts';
import { Background } from '../../platform/background.ts';
import { VirtualClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { recordingLog } from '../../platform/testing/recording-log.ts';
import type { MessageFact } from '../message.ts';
import { messageContract } from '../message.contract.ts';
import { SandboxCarrier } from './carrier.ts';

async function* nothing() {}
const [id, space] = [asId<ChannelId>(1), asId<SpaceId>(1)];

messageContract('the sandbox', async (listener) => {
  const clock = new VirtualClock();
  const background = new Background({ log: silentLog });
  return {
    channel: new SandboxCarrier({ id, space, media: 'sms', sender: null, listener, owed: nothing, clock, background }),
    pass: (ms) => clock.advance(ms),
    close: () => background.close(),
  };
});

test('what a subscriber did and a bug keeps from being taken is in the log, and is not told for ever', async () => {
  const clock = new VirtualClock();
  const { log, lines } = recordingLog();
  const background = new Background({ log });
  let told = 0;
  const fact = async () => {
    told++;
    throw new TypeError('x is undefined');
  };
  const listener = { fact, changed: () => {} };
  const channel = new SandboxCarrier({
    id,
    space,
    media: 'sms',
    sender: null,
    listener,
    owed: nothing,
    clock,
    background,
  });
  channel.start();
  const message = { attempt: asKey<AttemptId>('0'.repeat(24)), media: 'sms', to: '+33612345612' } as const;
  await channel.submit({ ...message, from: null, text: 'Hello' }, new AbortController().signal);
  await clock.advance(5_000);
  await background.close();
  expect(told).toBe(1);
  expect(lines).toMatchObject([{ level: 'error', work: 'tell what a sandbox subscriber did' }]);
});

test('a subscriber answers to the sender of the message, else to the channel’s, else to a short code', async () => {
  const clock = new VirtualClock();
  const background = new Background({ log: silentLog });
  const answeredTo = async (sender: string | null, from: string | null) => {
    const numbers: string[] = [];
    const fact = async (fact: MessageFact) => void (fact.kind === 'incoming' && numbers.push(fact.to));
    const listener = { fact, changed: () => {} };
    const channel = new SandboxCarrier({ id, space, media: 'sms', sender, listener, owed: nothing, clock, background });
    channel.start();
    const message = { attempt: asKey<AttemptId>('0'.repeat(24)), media: 'sms', to: '+33612345611' } as const;
    await channel.submit({ ...message, from, text: 'Hello' }, new AbortController().signal);
    await clock.advance(5_000);
    return numbers;
  };
  expect(await answeredTo('+33199000001', '+33199000002')).toEqual(['+33199000002']);
  expect(await answeredTo('+33199000001', null)).toEqual(['+33199000001']);
  expect(await answeredTo(null, null)).toEqual(['38000']);
  await background.close();
});
