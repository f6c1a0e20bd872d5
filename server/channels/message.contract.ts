// What every channel of messages promises. Each gets a carrier whose subscribers answer by the last two digits of their
// number, as the sandbox's do.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asKey, type AttemptId } from '../domain/ids.ts';
import { AppError } from '../errors.ts';
import type {
  ChannelListener,
  IncomingMessage,
  MessageChannel,
  MessageFact,
  OutgoingMessage,
  Receipt,
} from './message.ts';

export interface ContractCarrier {
  channel: MessageChannel;
  /** Lets so much of the channel's time pass. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const limitMs = 10_000;
let attempts = 0;

export function messageContract(name: string, open: (listener: ChannelListener) => Promise<ContractCarrier>): void {
  describe(`${name} keeps the promises of a channel of messages`, () => {
    const facts: MessageFact[] = [];
    let changes = 0;
    let keeps = true;
    let carrier: ContractCarrier;

    beforeAll(async () => {
      carrier = await open({
        async fact(fact) {
          if (!keeps) throw new AppError('journal.full', 'It cannot be kept now.');
          facts.push(fact);
        },
        changed: () => changes++,
      });
    });
    afterAll(() => carrier.close());

    const until = async (isSo: () => boolean): Promise<void> => {
      for (let passed = 0; !isSo(); passed += 100) {
        if (passed > limitMs) throw new Error('It did not come to be so.');
        await carrier.pass(100);
      }
    };
    const submit = (to: string, differing: Partial<OutgoingMessage> = {}, signal = new AbortController().signal) => {
      const attempt = asKey<AttemptId>(String(++attempts).padStart(24, '0'));
      const message = {
        attempt,
        media: 'sms' as const,
        to,
        from: '38000',
        text: 'Hello',
        ...differing,
      };
      return carrier.channel.submit(message, signal);
    };
    const taken = async (to: string, differing: Partial<OutgoingMessage> = {}): Promise<readonly string[]> => {
      const outcome = await submit(to, differing);
      if (outcome.outcome !== 'taken') throw new Error(`The carrier says: ${outcome.outcome}`);
      return outcome.carrierIds;
    };
    const receiptOf = (id: string) =>
      facts.find(
        (fact): fact is Receipt => fact.kind === 'receipt' && [fact.carrierId, ...(fact.otherIds ?? [])].includes(id),
      );
    const repliesOf = (number: string) =>
      facts.filter((fact): fact is IncomingMessage => fact.kind === 'incoming' && fact.from === number);

    test('nothing leaves before it is up, and it says when it is', async () => {
      if (carrier.channel.state !== 'up') expect(await submit('+33612345612')).toMatchObject({ outcome: 'not_sent' });
      expect(carrier.channel.state === 'up' || carrier.channel.room === 0).toBe(true);
      carrier.channel.start();
      await until(() => carrier.channel.state === 'up');
      expect(changes).toBeGreaterThan(0);
      expect(carrier.channel.room).toBeGreaterThan(0);
    });

    test('a message that is delivered has a receipt under the id of its submit, and no reply', async () => {
      const [id] = await taken('+33612345612');
      await until(() => receiptOf(id!) !== undefined);
      expect(receiptOf(id!)).toMatchObject({ channel: carrier.channel.id, status: 'delivered' });
      expect(repliesOf('+33612345612')).toEqual([]);
    });

    test('one that fails has a receipt with the native code', async () => {
      const [id] = await taken('+33612345613');
      await until(() => receiptOf(id!) !== undefined);
      const { status, code, info } = receiptOf(id!)!;
      expect({ status, coded: code !== null && code !== '', info: info !== '' }).toEqual({
        status: 'failed',
        coded: true,
        info: true,
      });
    });

    test('a subscriber writes back to the number that he saw', async () => {
      await taken('+33612345611');
      await until(() => repliesOf('+33612345611').length > 0);
      const [{ to, text, media }] = repliesOf('+33612345611') as [IncomingMessage];
      expect({ to: to.replace('+', ''), text, media }).toEqual({ to: '38000', text: 'Ok', media: 'sms' });
    });

    test('a text of any length and alphabet is taken; each of its parts has an id', async () => {
      const ids = await taken('+33612345612', { text: '電話 Łódź 🙂 '.repeat(40) });
      expect(new Set(ids).size).toBe(ids.length);
      await until(() => ids.every((id) => receiptOf(id) !== undefined));
    });

    test('many at once are all answered, each by ids of its own', async () => {
      const ids = await Promise.all(Array.from({ length: 300 }, () => taken('+33612345614')));
      expect(new Set(ids.flat()).size).toBe(300);
    });

    test('what is given up before it is on the wire was not sent', async () => {
      expect(await submit('+33612345612', {}, AbortSignal.abort())).toMatchObject({ outcome: 'not_sent' });
    });

    test('a fact that could not be kept comes again', async () => {
      keeps = false;
      const [id] = await taken('+33612345712');
      await carrier.pass(1_500);
      expect(receiptOf(id!)).toBeUndefined();
      keeps = true;
      await until(() => receiptOf(id!) !== undefined);
    });

    test('closed, it takes nothing, and says so', async () => {
      await carrier.channel.close(1_000);
      expect(carrier.channel.room).toBe(0);
      expect(await submit('+33612345612')).toMatchObject({ outcome: 'not_sent' });
    });
  });
}
