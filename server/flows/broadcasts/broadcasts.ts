// The parts of broadcasts, put together: what is asked (desk), what is looked at before (starts), what leaves (sender),
// what carriers tell (receipts, replies), what a crash has left (recovery).
import type { Registry } from 'prom-client';
import type { ChannelListener } from '../../channels/message.ts';
import type { Directory } from '../../domain/directory.ts';
import { after, type AttemptId, type SpaceId } from '../../domain/ids.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import { sparingLog } from '../../platform/sparing-log.ts';
import type { ChannelSetup } from '../../store/channel-setups.ts';
import { AttemptLog } from './attempt-log.ts';
import { Channels, type ChannelsOptions } from './channels.ts';
import { ContactMoves } from './contact-moves.ts';
import { type BroadcastDesk, RunningBroadcasts } from './desk.ts';
import { broadcastMetrics } from './metrics.ts';
import { Receipts } from './receipts.ts';
import { RecentMessages } from './recent-messages.ts';
import { Recovery } from './recovery.ts';
import { Replies } from './replies.ts';
import { RulesOfBroadcasts } from './rules-of-broadcasts.ts';
import { Sender } from './sender.ts';
import { Starts } from './starts.ts';
import { Submits } from './submits.ts';

export interface BroadcastsOptions extends Pick<ChannelsOptions, 'read' | 'open'> {
  db: Database;
  journal: Pick<Journal, 'append' | 'readStreams'>;
  directories: { of(space: SpaceId): Directory | undefined; spaces(): SpaceId[] };
  newAttemptId: () => AttemptId;
  registry: Registry;
  clock: Clock;
  background: Background;
  log: Log;
}

export interface Broadcasts {
  desk: BroadcastDesk;
  channels: Channels;
  recovery: Recovery;
  /** Opens the channels and sends. */
  start(): Promise<void>;
  /** Begins nothing more, waits for the answers of carriers, disconnects: `limitMs` at most in all. */
  stop(limitMs: number): Promise<void>;
}

export function openBroadcasts(options: BroadcastsOptions): Broadcasts {
  const { db, journal, directories, newAttemptId, registry, read, open, ...around } = options;
  const directory = (space: SpaceId) => directories.of(space);
  const metrics = broadcastMetrics(registry, () => channels.all().map(({ channel }) => channel.state));
  const attempts = new AttemptLog({ journal });
  const moves = new ContactMoves({ db, ...around });
  const recent = new RecentMessages();
  const rules = new RulesOfBroadcasts({ db, ...around });
  const submits = new Submits({ attempts, moves, recent, ...around, answered: (ms) => metrics.submitAnswered(ms) });
  const receipts = new Receipts({
    db,
    attempts,
    moves,
    recent,
    rules,
    ...around,
    log: sparingLog(around.log, around.clock),
    foreign: () => metrics.foreignReceipt(),
  });
  const replies = new Replies({
    ...{ db, journal, attempts, moves, recent, clock: around.clock },
    settings: (space) => directory(space)?.space,
  });
  const listener = ({ space, media, sender: own }: ChannelSetup): ChannelListener => ({
    fact: (fact) => (fact.kind === 'receipt' ? receipts.take(space, fact) : replies.take(space, fact, own)),
    changed: () => sender.channelChanged(space, media),
  });
  const channels = new Channels({ read, open, listener, ...around });
  const sender = new Sender({ db, channels, submits, directory, newAttemptId, ...around });
  const recovery = new Recovery({
    ...{ db, journal, attempts, moves, ...around },
    spaces: () => directories.spaces(),
    holds: (attempt) => sender.holds(attempt),
    wake: () => sender.wake(),
  });
  const starts = new Starts({ db, directory, started: () => sender.wake(), ...around });
  return {
    desk: new RunningBroadcasts({ db, channels, sender, submits, starts, directory, ...around }),
    ...{ channels, recovery },
    async start() {
      await channels.start();
      sender.start();
      recovery.start();
      starts.start();
    },
    async stop(limitMs) {
      const until = after(around.clock.now(), limitMs);
      await Promise.all([starts.stop(), recovery.stop(), sender.stop(limitMs)]);
      await channels.close(Math.max(0, until - around.clock.now()));
    },
  };
}
