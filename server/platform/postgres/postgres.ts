// PostgreSQL for this server: an embedded one in the home, or the user's own.
//
// Nobody else on the machine gets in: no TCP, a Unix socket in a folder closed to others, and a password.
import { createHash } from 'node:crypto';
import { chmod, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../errors.ts';
import { Child } from '../child.ts';
import { type DatabaseAddress, addressOf } from '../db.ts';
import type { Log } from '../log.ts';
import { findBinaries } from './binaries.ts';
import { clearOrphans, DATABASE, ensureCluster, isReady, privateFolder, SUPERUSER } from './data-folder.ts';
import { findRunAs, requireReachable, type RunAs } from './run-as.ts';

export type PostgresState = 'up' | 'down';

export interface Postgres {
  readonly address: DatabaseAddress;
  /** Process id of the embedded postmaster; null while it is down, and of the user's own PostgreSQL. */
  readonly pid: number | null;
  readonly state: PostgresState;
  onStateChange(listener: (state: PostgresState) => void): () => void;
  /** Fast shutdown; no process is left. Leaves the user's own PostgreSQL alone. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  home: string;
  log: Log;
  /** PostgreSQL settings on top of ours, by name. */
  settings?: Readonly<Record<string, string>>;
}

/**
 * Small: some dozens of connections; buffers for what a broadcast works on (a quarter of them costs it 4 %). Durability
 * stays PostgreSQL's default (fsync, synchronous_commit, full_page_writes on).
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '60',
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '512MB',
  wal_compression: 'on',
  io_method: 'sync', // no processes that only wait for reads
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  autovacuum_max_workers: '2',
  autovacuum_vacuum_scale_factor: '0.05',
  jit: 'off',
  log_checkpoints: 'off',
  log_min_messages: 'log', // starts, stops and crashes: refused statements are told to who asked, and may hold names
  log_timezone: 'UTC',
  timezone: 'UTC',
  lc_messages: 'C',
};

/** The port only names the socket's file. */
const PORT = 5432;

/**
 * Starts the embedded PostgreSQL in `home`/postgres, which it sets up if it is new. Rejects with `setup.failed`.
 * The caller holds the home's lock: whatever still runs there is an orphan and is replaced.
 */
export async function startPostgres(options: EmbeddedOptions): Promise<Postgres> {
  const { home, log } = options;
  const folder = join(home, 'postgres');
  const data = join(folder, 'data');
  const runAs = await findRunAs();
  if (runAs.owner) await chmod(home, 0o711); // so that he can reach his own folder in it
  await privateFolder(folder, runAs);
  await requireReachable(folder, runAs);
  const binaries = await findBinaries(runAs, folder);
  const password = await ensureCluster(folder, binaries, runAs);
  const socketFolder = await ensureSocketFolder(folder, runAs);
  const settings = { ...SETTINGS, unix_socket_directories: socketFolder, ...options.settings };
  const child = new Child({
    name: 'PostgreSQL',
    log,
    command: [
      ...runAs.wrapper,
      join(binaries.folder, 'bin/postgres'),
      ...['-D', data, '-p', String(PORT)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    outputFile: join(folder, 'log'),
    prepare: () => clearOrphans(data, log),
    isReady: (pid) => isReady(data, pid),
    readyLimitMs: 120_000, // recovery after a crash under load
    stopSignal: 'SIGINT', // fast shutdown
    stopLimitMs: 8_000,
  });
  await child.start();
  return new Embedded(child, { host: socketFolder, port: PORT, user: SUPERUSER, password, database: DATABASE });
}

/** The user's own PostgreSQL (PARLEY_DATABASE_URL): whether it answers is told by each request. */
export function externalPostgres(url: string): Postgres {
  return {
    address: addressOf(url),
    pid: null,
    state: 'up',
    onStateChange: () => () => false,
    stop: () => Promise.resolve(),
  };
}

class Embedded implements Postgres {
  readonly address: DatabaseAddress;
  readonly #child: Child;

  constructor(child: Child, address: DatabaseAddress) {
    this.#child = child;
    this.address = address;
  }

  get pid(): number | null {
    return this.#child.pid;
  }

  get state(): PostgresState {
    return this.#child.state === 'up' ? 'up' : 'down';
  }

  onStateChange(listener: (state: PostgresState) => void): () => void {
    let told = this.state;
    return this.#child.onStateChange(() => {
      if (this.state === told) return;
      told = this.state;
      listener(told);
    });
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}

/** sockaddr_un holds 107 bytes, with PostgreSQL's `/.s.PGSQL.5432.lock` below the folder. */
const LONGEST_SOCKET_FOLDER = 107 - `/.s.PGSQL.${PORT}.lock`.length;

async function ensureSocketFolder(folder: string, runAs: RunAs): Promise<string> {
  const inHome = join(folder, 'socket');
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const chosen = Buffer.byteLength(inHome) <= LONGEST_SOCKET_FOLDER ? inHome : `/tmp/parley-${digest}`;
  await privateFolder(chosen, runAs);
  // In /tmp somebody may have been faster; a folder or link of his would hand him the socket.
  const made = await lstat(chosen);
  const owner = runAs.owner?.uid ?? process.getuid?.();
  if (!made.isDirectory() || made.uid !== owner || (made.mode & 0o077) !== 0) {
    throw new AppError('setup.failed', `${chosen} is not a folder that only Parley may enter: remove it.`);
  }
  return chosen;
}
