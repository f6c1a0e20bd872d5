// Kannel's bearerbox (Debian's `kannel`) as the SMPP client that we are measured against, and a box that gives it messages.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freeTcpPort } from '../ports.ts';
import { acknowledgement, type FromKannel, fromKannel, identification, textMessage } from './kannel-box.ts';

export interface Kannel {
  /**
   * Gives it so many messages, and resolves when all their receipts have come: ms from the first message to the last
   * receipt. Rejects when no receipt comes for 20 s.
   */
  sendAll(count: number, text: string): Promise<number>;
  close(): Promise<void>;
}

/** What may be in Kannel's hands at once: enough to keep it busy. */
const atOnce = 2_000;
const startLimitMs = 15_000;
const silenceLimitMs = 20_000;

/**
 * Bound as transceiver to the carrier at `port` of this machine, `binds` times, with so many submits under way each. With
 * less than some hundred it is slow: a window takes it 40 ms, whatever the carrier does.
 */
export async function startKannel(options: { port: number; window: number; binds?: number }): Promise<Kannel> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-kannel-'));
  const boxPort = await freeTcpPort();
  const file = join(folder, 'kannel.conf');
  await writeFile(file, configuration({ ...options, boxPort, adminPort: await freeTcpPort(), folder }));
  const child = spawn('/usr/sbin/bearerbox', ['-v', '4', file], { cwd: folder, stdio: 'ignore' });
  let box: Socket | null = null;
  const close = async () => {
    box?.destroy();
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    box = await connected(boxPort, child);
    const socket = box;
    socket.write(identification());
    return { sendAll: (count, text) => sendAll(socket, count, text), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Configured {
  port: number;
  window: number;
  binds?: number;
  boxPort: number;
  adminPort: number;
  folder: string;
}

function configuration({ port, window, binds = 1, boxPort, adminPort, folder }: Configured): string {
  const core = `group = core
admin-port = ${adminPort}
admin-interface = 127.0.0.1
admin-password = bench
smsbox-port = ${boxPort}
smsbox-interface = 127.0.0.1
log-file = ${join(folder, 'kannel.log')}
log-level = 4
dlr-storage = internal
sms-outgoing-queue-limit = 1000000
sms-incoming-queue-limit = 1000000
smsbox-max-pending = ${atOnce}

group = smsbox
bearerbox-host = 127.0.0.1
`;
  const carrier = `
group = smsc
smsc = smpp
smsc-id = carrier
host = 127.0.0.1
port = ${port}
transceiver-mode = true
smsc-username = parley
smsc-password = secret
system-type = ""
max-pending-submits = ${window}
`;
  return core + carrier.repeat(binds);
}

/** It listens before it is bound; what it is given waits. */
async function connected(port: number, child: ChildProcess): Promise<Socket> {
  const until = Date.now() + startLimitMs;
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > until) throw new Error('Kannel has not started.', { cause: error });
      await sleep(50);
    }
  }
}

function sendAll(socket: Socket, count: number, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    let given = 0;
    let received = 0;
    let silence = setTimeout(() => undefined, 0);
    let rest: Buffer = Buffer.alloc(0);
    const settle = (act: () => void) => {
      clearTimeout(silence);
      socket.off('data', onData);
      act();
    };
    const give = () => {
      const some: Buffer[] = [];
      for (; given < count && given - received < atOnce; given++)
        some.push(textMessage({ from: 'Bench', to: String(33_600_000_000 + given), text }));
      if (some.length > 0) socket.write(Buffer.concat(some));
    };
    const take = (message: FromKannel) => {
      if (message.type === 'ack' && message.refused) settle(() => reject(new Error('Kannel has refused a message.')));
      if (message.type !== 'receipt' && message.type !== 'message') return;
      socket.write(acknowledgement(message.id));
      if (message.type === 'receipt' && ++received === count) settle(() => resolve(performance.now() - begun));
    };
    const watch = () => {
      clearTimeout(silence);
      silence = setTimeout(
        () => settle(() => reject(new Error(`Kannel is silent; ${received} of ${count} receipts have come.`))),
        silenceLimitMs,
      );
    };
    const onData = (chunk: Buffer) => {
      watch();
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      socket.cork();
      while (rest.length - at >= 4 && rest.length - at - 4 >= rest.readInt32BE(at)) {
        const end = at + 4 + rest.readInt32BE(at);
        take(fromKannel(rest.subarray(at + 4, end)));
        at = end;
      }
      rest = rest.subarray(at);
      give();
      socket.uncork();
    };
    socket.on('data', onData);
    watch();
    give();
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
