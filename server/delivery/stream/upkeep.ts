// What the stream no longer needs goes: expired sessions, and frames that are too old to be replayed.
import { after } from '../../domain/ids.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import { deleteOldFrames, spacesWithFrames } from '../../projections/supervision/frame-store.ts';
import type { StreamSessions } from './sessions.ts';

const EVERY_MS = 10 * 60_000;
const KEEP_FRAMES_MS = 7 * 24 * 3_600_000;
/** Frames a statement, so that none holds its locks for long. */
const AT_ONCE = 5_000;

export interface StreamUpkeepOptions {
  database: Database;
  sessions: Pick<StreamSessions, 'deleteExpired'>;
  clock: Clock;
  background: Background;
  /** How long `since` can go back. Default: 7 days. */
  keepFramesMs?: number;
}

/** Every ten minutes from now on. Returns how to stop; a round that runs is `background`'s. */
export function keepStreamTidy(options: StreamUpkeepOptions): () => void {
  const { clock, background } = options;
  let timer: Timer = clock.after(EVERY_MS, next);
  function next(): void {
    background.run('stream upkeep', tidy(options));
    timer = clock.after(EVERY_MS, next);
  }
  return () => timer.cancel();
}

async function tidy({ database, sessions, clock, keepFramesMs = KEEP_FRAMES_MS }: StreamUpkeepOptions): Promise<void> {
  await sessions.deleteExpired();
  const before = after(clock.now(), -keepFramesMs);
  for (const space of await spacesWithFrames(database)) {
    while ((await deleteOldFrames(database, space, before, AT_ONCE)) === AT_ONCE);
  }
}
