// A space that sends: real PostgreSQL and journal, scripted and sandbox carriers, and a clock of its own. It can be
// killed at any moment and started again; the carriers' network lives on.
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterAll } from 'vitest';
import { BroadcastInput } from '../../../../contract/rest/broadcasts.ts';
import { ChannelInput } from '../../../../contract/rest/message-channels.ts';
import { SpaceInput } from '../../../../contract/rest/spaces.ts';
import { SandboxCarrier } from '../../../channels/sandbox/carrier.ts';
import type { AttemptEvent } from '../../../domain/contacts/events.ts';
import type { Event } from '../../../domain/events.ts';
import {
  asId,
  asKey,
  type AttemptId,
  type BroadcastId,
  type ChannelId,
  type ContactId,
  type SpaceId,
} from '../../../domain/ids.ts';
import { follow } from '../../../journal/follow.ts';
import type { Append, Journal } from '../../../journal/journal.ts';
import { openPgJournal } from '../../../journal/pg-journal.ts';
import { Background } from '../../../platform/background.ts';
import { realClock, VirtualClock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/db.ts';
import { newAttemptId } from '../../../platform/ids.ts';
import { testDatabase } from '../../../platform/testing/database.ts';
import { recordingLog } from '../../../platform/testing/recording-log.ts';
import { ReportsFollower } from '../../../projections/reports/projection.ts';
import { insertBroadcast } from '../../../store/broadcasts.ts';
import { channelSetups } from '../../../store/channel-setups.ts';
import { channels } from '../../../store/message-channels.ts';
import { insertSingle } from '../../../store/contacts.ts';
import { openDirectories } from '../../../store/directory.ts';
import { takenAndNotSettled } from '../../../store/sandbox-debts.ts';
import { insertSpace, nextSpaceId } from '../../../store/spaces.ts';
import { raiseVersion } from '../../../store/changes.ts';
import { openBroadcasts } from '../broadcasts.ts';
import { Network, ScriptedCarrier } from './scripted-carrier.ts';

export interface SendingOffice {
  db: Database;
  space: SpaceId;
  clock: VirtualClock;
  /** Of the scripted channels, by their name. */
  network(name?: string): Network;
  server: Server;
  channel(differing?: {
    name?: string;
    type?: 'smpp' | 'sandbox';
    priority?: number;
    from?: string;
  }): Promise<ChannelId>;
  draft(numbers: readonly string[], differing?: Record<string, unknown>): Promise<BroadcastId>;
  /** Checked, as it were: it is started as it is. */
  broadcast(numbers: readonly string[], differing?: Record<string, unknown>): Promise<BroadcastId>;
  send(number: string, text?: string): Promise<AttemptId>;
  /** Of all attempts, or of one contact's number, in order. */
  events(to?: string): Promise<AttemptEvent[]>;
  allEvents(): Promise<Event[]>;
  state(broadcast: BroadcastId): Promise<string>;
  contact(
    broadcast: BroadcastId,
    number: string,
  ): Promise<{ state: string; done_reason: string | null; attempts: number; due_at: number }>;
  /** Lets the clock run until it is so; rejects after so much of its time. */
  until(isSo: () => Promise<boolean> | boolean, withinMs?: number): Promise<void>;
  /** `realMs`: given to PostgreSQL for each 100 ms of the clock. */
  run(ms: number, realMs?: number): Promise<void>;
  /** As kill -9: nothing that runs in the server comes any further. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Another process on the same database. */
  second(): Promise<Server>;
}

export type Server = Awaited<ReturnType<typeof startServer>>;

/** 10:00 in Paris on a working Tuesday. */
const startsAt = Date.UTC(2026, 0, 6, 9, 0, 0);

export async function openSendingOffice(): Promise<SendingOffice> {
  const db = await testDatabase();
  const clock = new VirtualClock(startsAt);
  const space = await nextSpaceId(db);
  await db.transaction(async (tx) => {
    await raiseVersion(tx, space);
    const about = {
      name: 'Office',
      code: '000',
      username: '123456789',
      time_zone: 'Europe/Paris',
      stop_words: ['BASTA'],
    };
    await insertSpace(tx, space, SpaceInput.parse(about));
  });
  const networks = new Map<string, Network>();
  const network = (name = 'main'): Network => {
    const known = networks.get(name) ?? new Network();
    networks.set(name, known);
    return known;
  };
  let names = 0;
  const servers: Server[] = [];
  const begin = async (): Promise<Server> => {
    const server = await startServer(db, clock, network);
    servers.push(server);
    return server;
  };
  const office: SendingOffice = {
    ...{ db, space, clock, network },
    server: await begin(),
    async channel({ name = 'main', type = 'smpp', priority = 0, from } = {}) {
      const settings = type === 'smpp' ? { host: '127.0.0.1', system_id: name, password: 'x', from } : {};
      const input = ChannelInput.parse({ media: 'sms', type, name, priority, settings });
      const { id } = await channels.insert(db, space, input);
      await office.server.channels.look();
      return asId<ChannelId>(id);
    },
    async draft(numbers, differing = {}) {
      const input = BroadcastInput.parse({ media: 'sms', name: `B${++names}`, text: 'Hello {{name}}', ...differing });
      const { id } = await insertBroadcast(
        db,
        space,
        { id: newAttemptId(clock.now() + names * 1_000), at: clock.now() },
        input,
      );
      await db.query(
        `insert into broadcast_contacts (space_id, id, broadcast_id, media, address, fields, priority, due_at)
         select $1, given.id, $2, 'sms', given.number, '{"name": "Ana"}', 200, to_timestamp($3::bigint / 1000.0)
           from unnest($4::text[], $5::text[]) as given (id, number)`,
        [space, id, clock.now(), numbers.map(() => newAttemptId(clock.now())), numbers],
      );
      return asKey<BroadcastId>(id);
    },
    async broadcast(numbers, differing) {
      const id = await office.draft(numbers, differing);
      await db.query(`update broadcasts set state = 'ready' where id = $1`, [id]);
      return id;
    },
    async send(number, text = 'Hello') {
      const [contact, attempt] = [newAttemptId(clock.now()), newAttemptId(clock.now())];
      await insertSingle(db, space, {
        ...{
          contact: asKey<ContactId>(contact),
          attempt,
          media: 'sms',
          address: number,
          refExterne: null,
          priority: 200,
        },
        ...{ content: { from: null, text, subject: null, html: null, document_id: null }, at: clock.now() },
      });
      office.server.desk.wake();
      return attempt;
    },
    async events(to) {
      const all = (await office.allEvents()).filter((event): event is AttemptEvent =>
        event.type.startsWith('attempt.'),
      );
      if (to === undefined) return all;
      const ids = all.flatMap((event) =>
        event.type === 'attempt.begun' && event.about.to === to ? [event.attempt] : [],
      );
      return all.filter(({ attempt }) => ids.includes(attempt));
    },
    async allEvents() {
      return (await office.server.journal.readSpace(space, 0, 100_000)).map(({ event }) => event);
    },
    async state(broadcast) {
      const { rows } = await db.query<{ state: string }>('select state from broadcasts where id = $1', [broadcast]);
      return rows[0]!.state;
    },
    async contact(broadcast, number) {
      const { rows } = await db.query<Awaited<ReturnType<SendingOffice['contact']>>>(
        `select state, done_reason, attempts, (extract(epoch from due_at) * 1000)::bigint as due_at
           from broadcast_contacts where broadcast_id = $1 and address = $2`,
        [broadcast, number],
      );
      return rows[0]!;
    },
    async until(isSo, withinMs = 60_000) {
      const limit = clock.now() + withinMs;
      const realLimit = Date.now() + 20_000;
      while (!(await isSo())) {
        if (clock.now() >= limit || Date.now() >= realLimit) throw new Error('It did not come to be so.');
        await clock.advance(100);
        await sleep(3);
      }
    },
    async run(ms, realMs = 3) {
      for (let passed = 0; passed < ms; passed += 100) {
        await clock.advance(100);
        await sleep(realMs);
      }
    },
    kill: () => office.server.kill(),
    async start() {
      office.server = await begin();
    },
    second: begin,
  };
  afterAll(async () => {
    for (const server of servers) await server.kill();
  });
  return office;
}

/** What a process asks of its journal and database passes here: until it is stopped, after SIGCONT again, or never. */
class Gate {
  #open = Promise.resolve();
  #resume = () => {};
  #stopAt: 'begin' | 'begun' | null = null;

  async journal(journal: Journal, append: Append): Promise<void> {
    const begins = append.streams.some(({ events }) => events.some(({ type }) => type === 'attempt.begun'));
    if (begins && this.#stopAt === 'begin') this.stop();
    await this.#open;
    await journal.append(append);
    if (begins && this.#stopAt === 'begun') this.stop();
    await this.#open;
  }

  /** What was asked before it stopped is done; its answer waits as well. */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#open;
    const result = await work();
    await this.#open;
    return result;
  }

  stop(): void {
    this.#stopAt = null;
    this.#open = new Promise((resolve) => (this.#resume = resolve));
  }

  /** As SIGSTOP when the next attempts are about to begin, or have just begun. */
  stopAt(step: 'begin' | 'begun'): void {
    this.#stopAt = step;
  }

  resume(): void {
    this.#resume();
  }

  guard(journal: Journal): Pick<Journal, 'append' | 'readStreams'> {
    return {
      append: (append) => this.journal(journal, append),
      readStreams: (space, streams) => this.pass(() => journal.readStreams(space, streams)),
    };
  }

  guardDatabase(db: Database): Database {
    return {
      address: db.address,
      query: (sql, values) => this.pass(() => db.query(sql, values)),
      transaction: (work, options) => this.pass(() => db.transaction(work, options)),
      session: () => db.session(),
      answers: (limitMs) => db.answers(limitMs),
      close: () => db.close(),
    };
  }
}

async function startServer(realDb: Database, clock: VirtualClock, network: (name: string) => Network) {
  const { log, lines } = recordingLog();
  const background = new Background({ log });
  const opened = openPgJournal({ database: realDb, log, clock: realClock });
  const gate = new Gate();
  const journal = gate.guard(opened);
  const db = gate.guardDatabase(realDb);
  const directories = await openDirectories({ db: realDb, log });
  const reports = follow({
    ...{ database: realDb, journal: opened, log, clock: realClock },
    follower: new ReportsFollower({ outbox: { add: async () => [], wake: () => {} }, endpoints: { of: () => [] } }),
  });
  const registry = new Registry();
  const broadcasts = openBroadcasts({
    ...{ db, journal, directories, clock, background, log },
    read: () => channelSetups(db),
    open: (setup, listener) =>
      setup.type === 'sandbox'
        ? new SandboxCarrier({
            ...{ ...setup, listener, clock, background },
            owed: (before) => takenAndNotSettled(db, { space: setup.space, channel: setup.id }, before),
          })
        : new ScriptedCarrier(setup, listener, network((setup.settings as { system_id: string }).system_id)),
    newAttemptId: () => newAttemptId(clock.now()),
    registry,
  });
  await broadcasts.start();
  let dead = false;
  return {
    ...broadcasts,
    journal: opened,
    logged: lines,
    /** Until resume() it comes no further; what it has asked is done. */
    stopAt: (step: 'begin' | 'begun') => gate.stopAt(step),
    resume: () => gate.resume(),
    foreignReceipts: async () =>
      (await registry.getSingleMetric('parley_foreign_receipts_total')!.get()).values[0]!.value,
    caughtUp: () => reports.caughtUp(),
    async kill() {
      if (dead) return;
      dead = true;
      gate.stop();
      for (const { channel } of broadcasts.channels.all()) await channel.close(0);
      await reports.stop();
      await directories.close();
      await opened.close();
    },
  };
}
