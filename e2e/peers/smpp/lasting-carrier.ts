// A carrier by npm `smpp`, in a process of its own, that outlives its clients: it remembers every message that it took,
// and what it has to tell (receipts, replies) until the client has acknowledged it. Asked over IPC.
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import smpp from 'smpp';
import { startPeerProcess } from '../../../server/platform/testing/peer-process.ts';
import { backTo, receiptText } from './receipts.ts';

type Session = InstanceType<typeof smpp.Session>;
type Ask = { ask: 'taken' } | { ask: 'waiting' } | { ask: 'refuse' | 'silence'; on: boolean };

export interface LastingCarrier {
  port: number;
  /** How often a message to each address was taken. */
  taken(): Promise<Map<string, number>>;
  /** What it has told and nobody has acknowledged. */
  waiting(): Promise<number>;
  /** On: all connections are cut, and nobody may bind, until off. */
  refuse(on: boolean): Promise<void>;
  /** On: it takes what comes and answers nothing, not even a good-bye, until off. */
  silence(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

/**
 * `replyEvery`: every so many messages are answered by `Ok`; 0: none. `subscribers`: the last two digits of the number say
 * what becomes of a message, as with the sandbox.
 */
export async function startLastingCarrier({
  replyEvery = 0,
  subscribers = false,
}: { replyEvery?: number; subscribers?: boolean } = {}): Promise<LastingCarrier> {
  const args = [String(replyEvery), ...(subscribers ? ['subscribers'] : [])];
  const { port, ask, stop } = await startPeerProcess<Ask>(fileURLToPath(import.meta.url), args);
  return {
    port,
    taken: async () => new Map((await ask({ ask: 'taken' })) as [string, number][]),
    waiting: async () => (await ask({ ask: 'waiting' })) as number,
    refuse: async (on) => void (await ask({ ask: 'refuse', on })),
    silence: async (on) => void (await ask({ ask: 'silence', on })),
    stop,
  };
}

function serve(replyEvery: number, subscribers: boolean): void {
  const taken = new Map<string, number>();
  /** `by`: the session on which it was told and not answered yet. */
  const untold = new Map<number, { pdu: Record<string, unknown>; by: Session | null }>();
  const sessions = new Set<Session>();
  let bound: Session | null = null;
  let refusing = false;
  let silent = false;
  let ids = 0;
  let facts = 0;
  const tell = (fact: number) => {
    const about = untold.get(fact);
    if (!about || about.by || !bound) return;
    about.by = bound;
    bound.deliver_sm(about.pdu, (answer) => {
      if (answer.command_status === 0) untold.delete(fact);
      else about.by = null;
    });
  };
  const keep = (pdu: Record<string, unknown>) => {
    untold.set(++facts, { pdu, by: null });
    tell(facts);
  };
  const gone = (session: Session) => {
    sessions.delete(session);
    if (bound === session) bound = null;
    for (const about of untold.values()) if (about.by === session) about.by = null;
  };
  setInterval(() => {
    for (const fact of untold.keys()) tell(fact);
  }, 500);
  const server = smpp.createServer({}, (session) => {
    if (refusing) return session.destroy();
    sessions.add(session);
    session.on('close', () => gone(session));
    session.on('error', () => session.destroy());
    session.on('pdu', (pdu) => {
      if (pdu.isResponse()) return;
      if (pdu.command !== 'submit_sm') {
        if (silent) return;
        session.send(pdu.response({ system_id: 'lasting' }));
        if (pdu.command === 'bind_transceiver') bound = session;
        return;
      }
      const to = String(pdu['destination_addr']);
      taken.set(to, (taken.get(to) ?? 0) + 1);
      if (silent) return;
      const id = String(++ids);
      session.send(pdu.response({ message_id: id }));
      const back = backTo(pdu);
      const subscriber = subscribers ? to.slice(-2) : '12';
      const delivered = receiptText(id);
      const failed = delivered.replace('stat:DELIVRD err:000', 'stat:UNDELIV err:027');
      if (subscriber !== '14') {
        keep({ ...back, esm_class: 4, short_message: subscriber === '13' ? failed : delivered });
      }
      const replies = subscriber === '11' || (replyEvery > 0 && ids % replyEvery === 0);
      if (replies) keep({ ...back, short_message: 'Ok' });
    });
  });
  process.on('disconnect', () => process.exit());
  process.on('message', (message: Ask) => {
    switch (message.ask) {
      case 'taken':
        return void process.send!([...taken]);
      case 'waiting':
        return void process.send!(untold.size);
      case 'refuse':
        refusing = message.on;
        if (refusing) for (const session of sessions) session.destroy();
        return void process.send!(null);
      case 'silence':
        silent = message.on;
        return void process.send!(null);
    }
  });
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  serve(Number(process.argv[2]), process.argv[3] === 'subscribers');
}
