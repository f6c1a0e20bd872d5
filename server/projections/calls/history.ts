// Live and past calls, and what happened in each.
import type { Call, TimelineItem } from '../../../contract/rest/calls.ts';
import type { Event } from '../../domain/events.ts';
import type { CallId, SpaceId } from '../../domain/ids.ts';
import { AppError, isAppError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Database } from '../../platform/db.ts';
import { shownData } from './shown-data.ts';

export interface CallFilters {
  state?: 'live' | 'ended' | undefined;
  direction?: Call['direction'] | undefined;
  user_id?: number | undefined;
  queue_id?: number | undefined;
  /** ISO 8601; from inclusive, to exclusive. */
  created_from?: string | undefined;
  created_to?: string | undefined;
}

export interface CallPage {
  items: Call[];
  next_cursor: string | null;
}

export interface CallHistory {
  /**
   * Newest first, what happened a moment ago among them, unless the history lags far behind. `space` null: of all spaces.
   * Rejects with `request.invalid` for a cursor that is not its own.
   */
  list(
    space: SpaceId | null,
    page: { limit: number; cursor: string | undefined },
    filters: CallFilters,
  ): Promise<CallPage>;
  /** Rejects with `database.unavailable` while the history is too far behind the journal to know. */
  one(call: CallId): Promise<Call | undefined>;
  /** Every event of the call, in order; undefined: no such call. */
  timeline(call: CallId): Promise<TimelineItem[] | undefined>;
}

/** A call that was made a moment ago is waited for so long; a cursor that stands still keeps nobody waiting. */
const caughtUpWithinMs = 3_000;
/** A list is asked for again and again, and is worth something without the newest call. */
const listCaughtUpWithinMs = 500;

/** `caughtUp`: the follower's, with one space or (null) all; rejects after `withinMs`. */
export function callHistory(options: {
  database: Database;
  journal: Pick<Journal, 'readStream'>;
  caughtUp: (withinMs: number, space: SpaceId | null) => Promise<void>;
}): CallHistory {
  const { database, journal, caughtUp } = options;

  async function find(id: CallId): Promise<Call | undefined> {
    const { rows } = await database.query<{ call: Call }>(
      { name: 'calls.one', text: 'select call from calls where id = $1' },
      [id],
    );
    return rows[0]?.call;
  }

  async function one(id: CallId): Promise<Call | undefined> {
    const found = await find(id);
    if (found) return found;
    await caughtUp(caughtUpWithinMs, null);
    return await find(id);
  }

  async function caughtUpIfSoon(space: SpaceId | null): Promise<void> {
    try {
      await caughtUp(listCaughtUpWithinMs, space);
    } catch (error) {
      if (!isAppError(error, 'database.unavailable')) throw error;
    }
  }

  return {
    one,

    async list(space, { limit, cursor }, filters) {
      const before = cursor === undefined ? null : positionIn(cursor);
      if (before === null) await caughtUpIfSoon(space);
      const { rows } = await database.query<{ call: Call }>(
        // Not a named statement: which index is best depends on the filters.
        `select call from calls
                  where ($1::int is null or space_id = $1)
                    and ($2::bool is null or live = $2)
                    and ($3::text is null or direction = $3)
                    and ($4::int is null or user_id = $4)
                    and ($5::int is null or queue_id = $5)
                    and ($6::timestamptz is null or created_at >= $6)
                    and ($7::timestamptz is null or created_at < $7)
                    and ($8::timestamptz is null or (created_at, id) < ($8, $9))
                  order by created_at desc, id desc limit $10`,
        [
          space,
          filters.state === undefined ? null : filters.state === 'live',
          filters.direction ?? null,
          filters.user_id ?? null,
          filters.queue_id ?? null,
          filters.created_from ?? null,
          filters.created_to ?? null,
          before?.createdAt ?? null,
          before?.id ?? null,
          limit + 1,
        ],
      );
      const items = rows.slice(0, limit).map(({ call }) => call);
      const last = rows.length > limit ? items.at(-1) : undefined;
      return { items, next_cursor: last ? cursorAfter(last) : null };
    },

    async timeline(id) {
      const call = await one(id);
      if (!call) return undefined;
      const recorded = await journal.readStream(call.space_id as SpaceId, `call:${id}`);
      return recorded.map(({ seq, event }) => timelineItem(seq, event));
    },
  };
}

function cursorAfter({ created_at, id }: Call): string {
  return Buffer.from(`${created_at} ${id}`).toString('base64url');
}

function positionIn(cursor: string): { createdAt: string; id: string } {
  const match = /^(\d{4}-[\dT:.-]+Z) ([0-9a-f]{24})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match || Number.isNaN(Date.parse(match[1]!))) {
    throw new AppError('request.invalid', 'That cursor is not one of ours.', {
      errors: [{ path: 'cursor', message: 'is not one of ours' }],
    });
  }
  return { createdAt: match[1]!, id: match[2]! };
}

function timelineItem(seq: number, { type, at, ...data }: Event): TimelineItem {
  return { seq, at: new Date(at).toISOString(), type, ...shownData(data, (moment) => new Date(moment).toISOString()) };
}
