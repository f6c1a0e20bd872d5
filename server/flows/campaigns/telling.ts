// The journal is told what became of requests: exactly once, for each event has its place in the request's stream. An
// event waits in its row from the commit that made it true until the append is known; a crash between repeats the
// append, which then conflicts.
import type { SpaceId } from '../../domain/ids.ts';
import { isAppError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Database } from '../../platform/db.ts';
import { markTold } from '../../store/campaign-requests.ts';
import type { RequestRow } from '../../store/request-rows.ts';

export async function tell(
  { db, journal }: { db: Database; journal: Pick<Journal, 'append' | 'readStream'> },
  row: RequestRow,
): Promise<void> {
  if (!row.untold) return;
  const space = row.space_id as SpaceId;
  const stream = `request:${row.id}`;
  const [expected, count] = [row.stream_version, row.untold.length];
  try {
    await journal.append({ space, streams: [{ stream, expected, events: row.untold }] });
  } catch (error) {
    if (!isAppError(error, 'journal.conflict')) throw error;
    // Told before, perhaps by another process and perhaps not all of what there is by now: the rest has its turn later.
    const told = (await journal.readStream(space, stream)).length - expected;
    if (told > 0) await markTold(db, row, expected, Math.min(told, count));
    return;
  }
  await markTold(db, row, expected, count);
}
