// A carrier of npm `smpp` within the test's own process, so that a test can say what it does with each PDU.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import smpp from 'smpp';

export type TheirPdu = InstanceType<typeof smpp.PDU>;
export type TheirSession = InstanceType<typeof smpp.Session>;

export interface Carrier {
  port: number;
  /** Submits in the order in which they came. */
  submits: TheirPdu[];
  /** Answers to what the carrier has sent. */
  answers: TheirPdu[];
  /** Commands of all binds that were asked for. */
  binds: string[];
  /** Connections that are open. */
  sessions(): readonly TheirSession[];
  /** On the first connection that may receive. */
  deliver(fields: Record<string, unknown>): Promise<TheirPdu>;
  close(): Promise<void>;
}

export interface Behaviour {
  port?: number;
  tls?: { key: string; cert: string };
  /** command_status of the answer to a bind; default 0 for the password `secret`, else 0x0e. */
  onBind?(pdu: TheirPdu): number;
  /** Default: taken, with ids 1, 2, 3, … */
  onSubmit?(pdu: TheirPdu, session: TheirSession, nth: number): void;
  onEnquireLink?(pdu: TheirPdu, session: TheirSession): void;
  onUnbind?(pdu: TheirPdu, session: TheirSession): void;
}

export async function npmCarrier(behaviour: Behaviour = {}): Promise<Carrier> {
  const submits: TheirPdu[] = [];
  const answers: TheirPdu[] = [];
  const binds: string[] = [];
  const receiving: TheirSession[] = [];
  const server = smpp.createServer(behaviour.tls ?? {}, (session) => {
    // A peer that cuts the connection is what some tests are about.
    session.on('error', () => session.destroy());
    session.on('pdu', (pdu: TheirPdu) => {
      if (pdu.command.startsWith('bind_') && !pdu.isResponse()) {
        binds.push(pdu.command);
        const status = behaviour.onBind?.(pdu) ?? (pdu.password === 'secret' ? 0 : 0x0e);
        session.send(pdu.response({ command_status: status, system_id: 'carrier' }));
        if (status === 0 && pdu.command !== 'bind_transmitter') receiving.push(session);
      } else if (pdu.command === 'submit_sm') {
        submits.push(pdu);
        const taken = () => session.send(pdu.response({ message_id: String(submits.length) }));
        if (behaviour.onSubmit) behaviour.onSubmit(pdu, session, submits.length);
        else taken();
      } else if (pdu.command === 'enquire_link') {
        if (behaviour.onEnquireLink) behaviour.onEnquireLink(pdu, session);
        else session.send(pdu.response());
      } else if (pdu.command === 'unbind') {
        if (behaviour.onUnbind) behaviour.onUnbind(pdu, session);
        else {
          session.send(pdu.response());
          session.close();
        }
      } else if (pdu.isResponse() || pdu.command === 'generic_nack') answers.push(pdu);
    });
  });
  server.on('tlsClientError', () => undefined);
  server.listen(behaviour.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    submits,
    answers,
    binds,
    sessions: () => server.sessions,
    deliver: (fields) =>
      new Promise((resolve, reject) => {
        const session = receiving.find(({ socket }) => !socket.destroyed);
        if (!session) return reject(new Error('Nobody is bound who may receive.'));
        session.deliver_sm(fields, resolve);
      }),
    close: async () => {
      for (const session of server.sessions.slice()) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The octets of a submit's or deliver's text, without its header, and the header. */
export function octetsOf(pdu: TheirPdu): { text: Buffer; header: Buffer | null } {
  const { message, udh } = pdu.short_message as { message: Buffer | string; udh?: Buffer[] };
  const text = typeof message === 'string' ? Buffer.from(message, 'utf8') : message;
  return { text, header: udh?.[0] ?? null };
}
