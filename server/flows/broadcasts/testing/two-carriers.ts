// An office with two carriers, of which `main` goes before `spare`; each test finds them up and with nothing sent.
import { beforeEach } from 'vitest';
import { type AttemptId, type BroadcastId, type ChannelId, instant } from '../../../domain/ids.ts';
import { nameOf, type Network } from './scripted-carrier.ts';
import { openSendingOffice, type SendingOffice } from './sending-office.ts';

export interface OfficeWithTwoCarriers {
  office: SendingOffice;
  main: Network;
  spare: Network;
  /** By which `main` is reached. */
  channel: ChannelId;
  /** Of a French mobile, new each time. */
  aNumber(): string;
  some(count: number): string[];
  started(...about: Parameters<SendingOffice['broadcast']>): Promise<BroadcastId>;
  isDone(broadcast: BroadcastId): () => Promise<boolean>;
  /** Of the events of all attempts at that number. */
  types(to: string): Promise<string[]>;
  /** The first at that number. */
  attemptAt(to: string): Promise<AttemptId>;
  /** Of `main`; resolves when it is kept. */
  receipt(
    attempt: AttemptId,
    differing?: { status?: 'delivered' | 'failed'; carrierId?: string; at?: number },
  ): Promise<void>;
}

export async function openOfficeWithTwoCarriers(): Promise<OfficeWithTwoCarriers> {
  const office = await openSendingOffice();
  const [main, spare] = [office.network(), office.network('spare')];
  const channel = await office.channel({ priority: 10 });
  await office.channel({ name: 'spare' });
  beforeEach(() => {
    for (const network of [main, spare]) {
      network.answer = (message) => network.taken(message);
      network.setUp(true);
      network.submitted.length = 0;
    }
  });
  let numbers = 600_000_000;
  const aNumber = () => `+33${++numbers}`;
  return {
    ...{ office, main, spare, channel, aNumber },
    some: (count) => Array.from({ length: count }, aNumber),
    async started(...about) {
      const broadcast = await office.broadcast(...about);
      await office.server.desk.start(office.space, broadcast);
      return broadcast;
    },
    isDone: (broadcast) => async () => (await office.state(broadcast)) === 'done',
    types: async (to) => (await office.events(to)).map(({ type }) => type),
    attemptAt: async (to) => (await office.events(to))[0]!.attempt,
    receipt: (attempt, { status = 'delivered', carrierId = nameOf(attempt), at = office.clock.now() } = {}) =>
      main.listener.fact({
        ...{ kind: 'receipt', channel, carrierId, to: null, at: instant(at) },
        ...{ status, code: status === 'failed' ? '27' : '000', info: 'gone' },
      }),
  };
}
