// A dashboard: signs in by POST /ws/ and follows the stream, with either generation of the Socket.IO client.
import { setTimeout as sleep } from 'node:timers/promises';
import { io as io4 } from 'socket.io-client';
import io2 from 'socket.io-client-2';

export interface Update {
  ts: number;
  elapse: number;
  event: { msg: Record<string, unknown>; type_notification: string; event: string };
  cpt: number;
}

export interface Dashboard {
  readonly updates: readonly Update[];
  /** Waits for an update of that kind; with `where`, whose msg has those fields. */
  sees(kind: string, where?: Readonly<Record<string, unknown>>, limitMs?: number): Promise<Update>;
  close(): void;
}

export async function signIn(url: string, login: string, password: string) {
  const ask = { requete: 'init', header: { login, password, account_type: 'supervisor' }, msg: {} };
  const response = await fetch(`${url}/ws/`, {
    method: 'POST',
    headers: { 'X-JSON': JSON.stringify(ask) },
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status !== 200) throw new Error(`POST /ws/: ${response.status}`);
  return (await response.json()) as { target: number; id_session: string };
}

export async function openDashboard(
  url: string,
  account: { username: string; password: string },
  { client, transport, since }: { client: 2 | 4; transport: 'websocket' | 'polling'; since?: number },
): Promise<Dashboard> {
  const { target, id_session } = await signIn(url, account.username, account.password);
  const settings = { transports: [transport], reconnection: false, forceNew: true };
  const socket = client === 4 ? io4(url, settings) : io2(url, settings);
  const updates: Update[] = [];
  socket.on('update', (update: Update) => updates.push(update));
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', () => resolve());
    socket.on('connect_error', reject);
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('init_error', ({ code }: { code: string }) => reject(new Error(`init is refused: ${code}`)));
    socket.emit('init', 'supervisor', target, id_session, since === undefined ? {} : { since }, () => resolve());
  });
  return {
    updates,
    async sees(kind, where = {}, limitMs = 15_000) {
      const until = Date.now() + limitMs;
      for (;;) {
        const found = updates.find((update) => kindOf(update) === kind && matches(update.event.msg, where));
        if (found) return found;
        if (Date.now() > until) {
          throw new Error(`No ${kind} ${JSON.stringify(where)} among ${updates.map(kindOf).join(', ')}`);
        }
        await sleep(10);
      }
    },
    close: () => socket.close(),
  };
}

/** As `queue.insert_call`; an operator's with its status: `operator.ringing`. */
export function kindOf({ event }: Update): string {
  const name = event.type_notification === 'operator' ? event.msg['status'] : event.event;
  return `${event.type_notification}.${String(name)}`;
}

function matches(msg: Readonly<Record<string, unknown>>, where: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(where).every(([key, value]) => msg[key] === value);
}
