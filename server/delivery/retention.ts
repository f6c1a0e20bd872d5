// What is older than a space keeps it goes, and so does all of a space that is gone; what waited for an endpoint that was
// removed is dead.
import type { SpaceId } from '../domain/ids.ts';
import type { Background } from '../platform/background.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { readRetention } from '../store/delivery-settings.ts';
import { hourOf } from './push-counts.ts';

export interface RetentionOptions {
  database: Database;
  clock: Clock;
  log: Log;
  background: Background;
}

const EVERY_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
/** Small enough to hold no lock for long. */
const AT_ONCE = 2_000;

/** Every minute from now on. Several processes may: what one has done, the others do not find. */
export function keepDeliveriesTidy(options: RetentionOptions): () => void {
  const { clock, log, background } = options;
  let timer: Timer;
  let stopped = false;
  const run = async () => {
    try {
      await tidyDeliveries(options.database, clock.now());
    } catch (error) {
      log.warn({ err: error }, 'old deliveries are not removed; it is tried again');
    }
    if (!stopped) later();
  };
  const later = () => (timer = clock.after(EVERY_MS, () => background.run('remove old deliveries', run())));
  later();
  return () => {
    stopped = true;
    timer.cancel();
  };
}

export async function tidyDeliveries(database: Database, nowMs: number): Promise<void> {
  while ((await buryOrphans(database)) === AT_ONCE);
  const { rows } = await database.query<{ id: SpaceId }>('select id from spaces');
  for (const { id: space } of rows) {
    const { delivered_days, undelivered_days } = await readRetention(database, space);
    const before = (days: number) => new Date(nowMs - days * DAY_MS);
    while ((await removeDelivered(database, space, before(delivered_days))) === AT_ONCE);
    while ((await removeAll(database, space, before(undelivered_days))) === AT_ONCE);
  }
  for (const space of await spacesGone(database)) {
    while ((await removeAll(database, space, new Date(nowMs))) === AT_ONCE);
  }
  await database.query('delete from push_counts where accepted = 0');
  await database.query("delete from outbox_workers where until < now() - interval '1 day'");
}

/** Those that were deleted and have pushes. */
async function spacesGone(database: Database): Promise<SpaceId[]> {
  const { rows } = await database.query<{ id: SpaceId }>(
    `select distinct space_id as id from push_counts c
      where accepted > 0 and not exists (select from spaces s where s.id = c.space_id)`,
  );
  return rows.map(({ id }) => id);
}

async function buryOrphans(database: Database): Promise<number> {
  const { rowCount } = await database.query(
    `with orphans as (
       delete from outbox where (space_id, endpoint_id, position) in (
         select o.space_id, o.endpoint_id, o.position from outbox o
          where not exists (select from endpoints e where e.space_id = o.space_id and e.id = o.endpoint_id) limit ${AT_ONCE})
       returning space_id, push_id, endpoint_id, accepted_at
     ), parked as (
       delete from outbox_parked k using (select distinct space_id, endpoint_id from orphans) o
        where k.space_id = o.space_id and k.endpoint_id = o.endpoint_id
     )
     insert into dead_pushes (space_id, push_id, endpoint_id, accepted_at, died_at)
     select space_id, push_id, endpoint_id, accepted_at, now() from orphans`,
  );
  return rowCount ?? 0;
}

const old = (more: string) => `
  with old as materialized (
    select p.space_id, p.id from pushes p where p.space_id = $1 and p.accepted_at < $2 ${more} limit ${AT_ONCE}
  ), tries as (
    delete from push_tries t using old where t.space_id = old.space_id and t.push_id = old.id
  ), calls as (
    delete from push_calls c using old where c.space_id = old.space_id and c.push_id = old.id
  ), waiting as (
    delete from outbox o using old where o.space_id = old.space_id and o.push_id = old.id
  ), dead as (
    delete from dead_pushes d using old where d.space_id = old.space_id and d.push_id = old.id
  ), removed as (
    delete from pushes p using old where p.space_id = old.space_id and p.id = old.id
    returning p.space_id, p.endpoint_id, ${hourOf('p.accepted_at')} as hour
  ), counted as (
    update push_counts c set accepted = c.accepted - fewer.count
      from (select space_id, endpoint_id, hour, count(*) as count from removed group by space_id, endpoint_id, hour) fewer
     where c.space_id = fewer.space_id and c.endpoint_id = fewer.endpoint_id and c.hour = fewer.hour
  )
  select count(*) as removed from removed`;

const removeDeliveredSql = old(`
       and not exists (select from outbox o where o.space_id = p.space_id and o.push_id = p.id)
       and not exists (select from dead_pushes d where d.space_id = p.space_id and d.push_id = p.id)`);
const removeAllSql = old('');

async function removeDelivered(database: Database, space: SpaceId, before: Date): Promise<number> {
  return (await database.query<{ removed: number }>(removeDeliveredSql, [space, before])).rows[0]!.removed;
}

async function removeAll(database: Database, space: SpaceId, before: Date): Promise<number> {
  return (await database.query<{ removed: number }>(removeAllSql, [space, before])).rows[0]!.removed;
}
