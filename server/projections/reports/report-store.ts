// What a page has changed, written in the transaction of its cursor: a few statements, however many attempts.
import type { SpaceId } from '../../domain/ids.ts';
import type { Transaction } from '../../platform/db.ts';
import { plainArray, textArray, timeArray } from '../../platform/pg-array.ts';
import type { ContactAttempt } from '../../store/contact-attempts.ts';
import type { CarrierMessage, PageChanges, ReplyRow } from './page.ts';

export async function writeChanges(tx: Transaction, space: SpaceId, changes: PageChanges): Promise<void> {
  await writeAttempts(tx, space, [...changes.begun.values(), ...changes.changed.values()]);
  await addCounts(tx, space, changes.counts);
  await keepCarrierMessages(tx, space, changes.carrierMessages);
  await insertReplies(tx, space, changes.replies);
  await optOut(
    tx,
    space,
    changes.replies.filter(({ optedOut }) => optedOut),
  );
}

/** As an insert that finds its row by the primary key, whatever PostgreSQL thinks of the table's size. */
async function writeAttempts(tx: Transaction, space: SpaceId, attempts: readonly ContactAttempt[]): Promise<void> {
  if (attempts.length === 0) return;
  const about = attempts.map((attempt) => attempt.about);
  const text = `
    insert into contact_attempts (space_id, id, contact_id, broadcast_id, media, address, sender, ref_externe, number,
                                  channel_id, username, time_zone, extended, begun_at, status, statuses, version)
    select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[],
                             $10::int[], $11::text[], $12::text[], $13::bool[], $14::timestamptz[], $15::text[],
                             string_to_array($16, E'\n')::json[], $17::int[])
        on conflict (space_id, id) do update
       set channel_id = excluded.channel_id, status = excluded.status, statuses = excluded.statuses, version = excluded.version`;
  await tx.query({ name: 'contact_attempts.write', text }, [
    space,
    textArray(attempts.map(({ id }) => id)),
    textArray(about.map(({ contact }) => contact)),
    textArray(about.map(({ broadcast }) => broadcast)),
    textArray(about.map(({ media }) => media)),
    textArray(about.map(({ to }) => to)),
    textArray(about.map(({ from }) => from)),
    textArray(about.map(({ refExterne }) => refExterne)),
    plainArray(about.map(({ number }) => number)),
    plainArray(about.map(({ channel }) => channel)),
    textArray(about.map(({ username }) => username)),
    textArray(about.map(({ timeZone }) => timeZone)),
    plainArray(about.map(({ extended = true }) => extended)),
    timeArray(attempts.map(({ begunAt }) => begunAt)),
    textArray(attempts.map(({ status }) => status)),
    attempts.map(({ statuses }) => JSON.stringify(statuses)).join('\n'), // which writes no line feed itself
    plainArray(attempts.map(({ version }) => version)),
  ]);
}

async function addCounts(tx: Transaction, space: SpaceId, counts: PageChanges['counts']): Promise<void> {
  if (counts.length === 0) return;
  await tx.query(
    `insert into broadcast_counts as old (space_id, broadcast_id, status, count)
     select $1, * from unnest($2::text[], $3::text[], $4::bigint[])
         on conflict (space_id, broadcast_id, status) do update set count = old.count + excluded.count`,
    [
      space,
      counts.map(({ broadcast }) => broadcast),
      counts.map(({ status }) => status),
      counts.map(({ more }) => more),
    ],
  );
}

/** A carrier that gives an id again means the newer message. */
async function keepCarrierMessages(
  tx: Transaction,
  space: SpaceId,
  messages: readonly CarrierMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  const newest = [...new Map(messages.map((message) => [`${message.channel} ${message.carrierId}`, message])).values()];
  const text = `
    insert into carrier_messages (space_id, channel_id, carrier_id, attempt_id, part, parts, at)
    select $1, * from unnest($2::int[], $3::text[], $4::text[], $5::int[], $6::int[], $7::timestamptz[])
        on conflict (space_id, channel_id, carrier_id) do update
       set attempt_id = excluded.attempt_id, part = excluded.part, parts = excluded.parts, at = excluded.at`;
  await tx.query({ name: 'carrier_messages.keep', text }, [
    space,
    plainArray(newest.map(({ channel }) => channel)),
    textArray(newest.map(({ carrierId }) => carrierId)),
    textArray(newest.map(({ attempt }) => attempt)),
    plainArray(newest.map(({ part }) => part)),
    plainArray(newest.map(({ parts }) => parts)),
    timeArray(newest.map(({ at }) => at)),
  ]);
}

async function insertReplies(tx: Transaction, space: SpaceId, replies: readonly ReplyRow[]): Promise<void> {
  if (replies.length === 0) return;
  await tx.query(
    `insert into replies (space_id, id, media, channel_id, at, address, recipient, text, attempt_id, opted_out)
     select $1, * from unnest($2::text[], $3::text[], $4::int[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
                              $9::text[], $10::bool[])`,
    [
      space,
      replies.map(({ id }) => id),
      replies.map(({ media }) => media),
      replies.map(({ channel }) => channel),
      replies.map(({ at }) => new Date(at)),
      replies.map(({ address }) => address),
      replies.map(({ recipient }) => recipient),
      // PostgreSQL's text cannot hold it.
      replies.map(({ text }) => text.replaceAll('\0', '\ufffd')),
      replies.map(({ attempt }) => attempt),
      replies.map(({ optedOut }) => optedOut),
    ],
  );
}

/** Who has opted out before stays so, since then. */
async function optOut(tx: Transaction, space: SpaceId, replies: readonly ReplyRow[]): Promise<void> {
  if (replies.length === 0) return;
  await tx.query(
    `insert into optouts (space_id, number, media, since, reason)
     select $1, number, media, since, 'reply' from unnest($2::text[], $3::text[], $4::timestamptz[]) as o (number, media, since)
         on conflict (space_id, number, media) do nothing`,
    [
      space,
      replies.map(({ address }) => address),
      replies.map(({ media }) => media),
      replies.map(({ at }) => new Date(at)),
    ],
  );
}
