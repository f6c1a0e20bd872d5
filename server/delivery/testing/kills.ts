// Workers are killed, or stopped for longer than their lease and continued, while pushes are added and sent. Nothing may be
// lost or out of order, and again comes only what was on its way to a worker that met its end.
import { setTimeout as pause } from 'node:timers/promises';
import type { SpaceId } from '../../domain/ids.ts';
import type { Database } from '../../platform/db.ts';
import { type Received, startReceiver } from './receiver.ts';
import { anEndpoint, aPush, aSpace, push, untilEmpty } from './rig.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface KillsReport {
  pushes: number;
  kills: number;
  pauses: number;
  /** Arrived more than once. */
  again: number;
  faults: string[];
}

const LEASE_MS = 1_000;
const WORKERS = 3;
const ENDPOINTS = 8;
const CALLS = 40;
const ADDED_AT_ONCE = 80;
const ADD_EVERY_MS = 200;

/** What was sent before its worker met its end arrives by then; nobody else sends it so soon. */
const LATE_MS = LEASE_MS / 2;

/** By id of the push: when a worker that may have been sending it met its end. */
type Unknown = Map<string, number[]>;

interface Sent {
  call: string;
  number: number;
}

export async function killWorkers(
  database: Database,
  { kills, pauses, say }: { kills: number; pauses: number; say(line: string): void },
): Promise<KillsReport> {
  const space = await aSpace(database);
  const receiver = await startReceiver();
  const endpoints: number[] = [];
  for (let at = 0; at < ENDPOINTS; at++) {
    endpoints.push((await anEndpoint(database, space, receiver.url('/waits/60'), { concurrency: 4 })).id);
  }
  const started = () => startWorkerProcess(database.address, LEASE_MS);
  const workers = Array.from({ length: WORKERS }, started);
  await Promise.all(workers);
  const adding = new Adding(database, space, endpoints);
  const running = adding.run();
  /** Ids of pushes whose try may have been cut: what came of it was unknown. */
  const unknown: Unknown = new Map();
  try {
    for (let done = 1; done <= kills + pauses; done++) {
      await pause(100 + Math.random() * 400);
      const victim = await workers.shift()!; // The one that was started first; the others go on meanwhile.
      if (done <= kills) await victim.kill();
      if (done <= kills) await noteWaiting(database, unknown);
      else await stopAndContinue(database, victim, unknown);
      workers.push(done <= kills ? started() : Promise.resolve(victim));
      say(`${done <= kills ? 'killed' : 'stopped and continued'} ${done} of ${kills + pauses}`);
    }
    adding.stop();
    await running;
    await untilEmpty(database, null, 60_000);
    await pause(2 * LEASE_MS); // Whoever was continued late would send now.
    const received = await receiver.received();
    const again = received.length - new Set(received.map(idOf)).size;
    return { pushes: adding.count, kills, pauses, again, faults: faultsOf(adding, received, unknown) };
  } finally {
    adding.stop();
    for (const worker of workers) await (await worker).kill();
    await receiver.stop();
  }
}

async function stopAndContinue(database: Database, worker: WorkerProcess, unknown: Unknown) {
  worker.signal('SIGSTOP');
  const underWay = await noteWaiting(database, unknown);
  await pause(2 * LEASE_MS + Math.random() * LEASE_MS);
  // Stopped between its last look at the lease and the socket, it sends what the next owner has sent meanwhile.
  note(unknown, underWay, Date.now());
  worker.signal('SIGCONT');
}

/** What a try may have been under way of: the first waiting push of each call. */
async function noteWaiting(database: Database, unknown: Unknown): Promise<string[]> {
  const endedAt = Date.now();
  const { rows } = await database.query<{ webhook_id: string }>(
    `select webhook_id from pushes p join outbox o on o.space_id = p.space_id and o.push_id = p.id
      where not exists (select from outbox before where before.space_id = o.space_id and before.endpoint_id = o.endpoint_id
                           and before.key = o.key and before.position < o.position)`,
  );
  const ids = rows.map(({ webhook_id }) => webhook_id);
  note(unknown, ids, endedAt);
  return ids;
}

function note(unknown: Unknown, ids: readonly string[], endedAt: number): void {
  for (const id of ids) unknown.set(id, [...(unknown.get(id) ?? []), endedAt]);
}

/** Adds pushes of calls, in order, until it is stopped. */
class Adding {
  readonly #database: Database;
  readonly #space: SpaceId;
  readonly #endpoints: readonly number[];
  /** Pushes of each call so far, whose numbers go from 0. */
  readonly numbers = new Map<string, number>();
  #stopped = false;

  constructor(database: Database, space: SpaceId, endpoints: readonly number[]) {
    this.#database = database;
    this.#space = space;
    this.#endpoints = endpoints;
  }

  get count(): number {
    return [...this.numbers.values()].reduce((sum, numbers) => sum + numbers, 0);
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    for (let round = 0; !this.#stopped; round++) {
      const pushes = Array.from({ length: ADDED_AT_ONCE }, (_, at) => this.#next(round * ADDED_AT_ONCE + at));
      await push(this.#database, pushes);
      await pause(ADD_EVERY_MS);
    }
  }

  #next(at: number) {
    const endpoint = this.#endpoints[at % ENDPOINTS]!;
    const call = `${endpoint} ${at % CALLS}`;
    const number = this.numbers.get(call) ?? 0;
    this.numbers.set(call, number + 1);
    return aPush(this.#space, endpoint, call, { body: JSON.stringify({ call, number } satisfies Sent) });
  }
}

const idOf = ({ headers }: Received): string => headers['webhook-id']!;

function faultsOf(added: Adding, received: readonly Received[], unknown: Unknown): string[] {
  const faults: string[] = [];
  const firsts = new Map<string, Received>();
  const next = new Map<string, number>();
  for (const each of received) {
    const id = idOf(each);
    const before = firsts.get(id);
    if (before) {
      if (before.body !== each.body) faults.push(`${id}: came again with other bytes`);
      if (!unknown.get(id)?.some((endedAt) => before.at <= endedAt + LATE_MS))
        faults.push(`${id}: came again, although what came of it was known`);
      continue;
    }
    firsts.set(id, each);
    const { call, number } = JSON.parse(each.body) as Sent;
    const expected = next.get(call) ?? 0;
    if (number !== expected) faults.push(`${call}: ${number} came when it was the turn of ${expected}`);
    next.set(call, number + 1);
  }
  for (const [call, numbers] of added.numbers) {
    if ((next.get(call) ?? 0) !== numbers) faults.push(`${call}: ${next.get(call) ?? 0} of ${numbers} have come`);
  }
  return faults;
}
