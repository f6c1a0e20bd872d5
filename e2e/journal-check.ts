// What must be true of any journal, whatever has been killed: read from PostgreSQL itself, past all of our code.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Event } from '../server/domain/events.ts';
import { type Database, openDatabase } from '../server/platform/db.ts';
import { silentLog } from '../server/platform/log.ts';

interface Row {
  space_id: number;
  seq: number;
  stream: string;
  version: number;
  event: Event;
}

/** Of the embedded PostgreSQL in that home, which must be up. Close it. */
export async function databaseIn(home: string): Promise<Database> {
  const folder = join(home, 'postgres');
  const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
  const address = { host: join(folder, 'socket'), port: 5432, user: 'parley', password, database: 'parley' };
  return openDatabase(address, { log: silentLog, max: 1 });
}

/** A sentence for each fault; none: it is consistent. Every call must have ended. */
export async function journalFaults(home: string): Promise<string[]> {
  const database = await databaseIn(home);
  try {
    const heads = await database.query<{ space_id: number; seq: number }>('select space_id, seq from journal_heads');
    const { rows } = await database.query<Row>(
      'select space_id, seq, stream, version, event from journal_events order by space_id, seq',
    );
    const headFaults = heads.rows.flatMap(({ space_id: space, seq }) => {
      const last = rows.findLast((row) => row.space_id === space)?.seq;
      return last === seq ? [] : [`space ${space}: its head is ${seq}, its last event ${last}`];
    });
    return [...headFaults, ...gaps(rows), ...[...groupedBy(rows, ({ stream }) => stream)].flatMap(storyFaults)];
  } finally {
    await database.close();
  }
}

function gaps(rows: readonly Row[]): string[] {
  const faults: string[] = [];
  const next = new Map<string, number>();
  const expect = (what: string, found: number): void => {
    const expected = next.get(what) ?? 1;
    if (found !== expected) faults.push(`${what}: ${found} comes where ${expected} is due`);
    next.set(what, found + 1);
  };
  for (const { space_id: space, seq, stream, version } of rows) {
    expect(`sequence of space ${space}`, seq);
    expect(`stream ${stream}`, version);
  }
  return faults;
}

function storyFaults([stream, rows]: [string, Row[]]): string[] {
  const events = rows.map(({ event }) => event);
  return (stream.startsWith('call:') ? callFaults(events) : agentFaults(events)).map((fault) => `${stream}: ${fault}`);
}

function callFaults(events: readonly Event[]): string[] {
  const faults: string[] = [];
  const timesOf = (type: Event['type']): number => events.filter((event) => event.type === type).length;
  for (const type of ['call.created', 'call.ended'] as const) {
    if (timesOf(type) !== 1) faults.push(`${type} comes ${timesOf(type)} times`);
  }
  if (events[0]?.type !== 'call.created') faults.push('it does not begin with its creation');
  const open = new Set<string>();
  const known = new Set<string>();
  for (const event of events) {
    if (event.type === 'leg.created') {
      if (known.has(event.leg)) faults.push(`leg ${event.leg} is created twice`);
      known.add(event.leg);
      open.add(event.leg);
    } else if (event.type.startsWith('leg.') && 'leg' in event && event.leg !== null && !open.has(event.leg)) {
      faults.push(`${event.type} of leg ${event.leg}, which is not open`);
    }
    if (event.type === 'leg.closed') open.delete(event.leg);
  }
  if (open.size > 0) faults.push(`${open.size} legs stay open`);
  return faults;
}

function agentFaults(events: readonly Event[]): string[] {
  const faults: string[] = [];
  let reserved: string | null = null;
  for (const event of events) {
    if (event.type === 'agent.reserved') {
      if (reserved !== null && reserved !== event.call) faults.push(`reserved for ${event.call} and for ${reserved}`);
      reserved = event.call;
    } else if (event.type === 'agent.released') {
      if (reserved !== event.call) faults.push(`released from ${event.call}, reserved for ${reserved}`);
      reserved = null;
    }
  }
  if (reserved !== null) faults.push(`stays reserved for ${reserved}`);
  return faults;
}

function groupedBy(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}
