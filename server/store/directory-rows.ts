// What the database says of spaces, in one statement and so of one moment, and the Directory that it makes.
import type { CallingHours } from '../../contract/rest/hours.ts';
import type {
  Directory,
  ExtensionSettings,
  IvrSettings,
  PlayableSound,
  QueueSettings,
  QueueStrategy,
  Role,
  TrunkSettings,
  UserSettings,
} from '../domain/directory.ts';
import type { SoundRef } from '../domain/ivr/definition.ts';
import type { PhoneSetup, TrunkSetup } from '../channels/voice/engine.ts';
import type { ExtensionId, GroupId, QueueId, SpaceId, TrunkId, UserId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import { hoursRulesOf } from './hours.ts';
import { engineNameOf } from './sounds.ts';

interface SpaceRow {
  id: SpaceId;
  name: string;
  code: string;
  number: string | null;
  time_zone: string;
  country: string;
  ring_timeout_s: number;
  allowed_prefixes: string[] | null;
  max_call_s: number | null;
  misses_before_pause: number;
  calling_hours: CallingHours;
  max_sms_parts: number;
  username: string;
  reply_window_h: number;
  stop_words: string[];
}
interface UserRow {
  id: UserId;
  username: string;
  firstname: string;
  surname: string;
  display_name: string | null;
  role: Role;
  outbound_number: string | null;
  disabled: boolean;
  groups: GroupId[];
}
interface ExtensionRow {
  id: ExtensionId;
  number: string;
  type: 'phone' | 'queue' | 'ivr' | 'route';
  user_id: UserId | null;
  sandbox: boolean;
  forward_always: string | null;
  forward_busy: string | null;
  forward_no_answer: string | null;
  do_not_disturb: boolean;
  sip_username: string | null;
  sip_password: string | null;
  queue_id: QueueId | null;
  trunk_id: TrunkId | null;
  route_to: string | null;
  ivr_id: number | null;
}
interface TrunkRow {
  id: TrunkId;
  name: string;
  type: 'sip' | 'sandbox';
  host: string | null;
  port: number;
  username: string | null;
  password: string | null;
  match_addresses: string[];
  outbound: boolean;
  max_calls: number | null;
  calls_per_second: number;
  dids: { number: string; extension_number: string }[];
}
interface QueueRow {
  id: QueueId;
  name: string;
  strategy: QueueStrategy;
  ring_timeout_s: number;
  wrap_up_s: number;
  max_wait_s: number | null;
  overflow_extension: string | null;
  service_level_s: number;
  recording: QueueSettings['recording'];
  users: UserId[];
}

/** `space` null: it was deleted; then all else is empty. */
export interface DirectoryRow {
  space_id: SpaceId;
  version: number;
  space: SpaceRow | null;
  users: UserRow[];
  extensions: ExtensionRow[];
  trunks: TrunkRow[];
  queues: QueueRow[];
  vips: { number: string; vip_rate: number; priority: number }[];
  pauses: { id: string; value: string }[];
  ivrs: IvrSettings[];
  sounds: { id: number; filename: string; duration_ms: number }[];
  presentation_numbers: string[];
}

/** Of the spaces given. */
export async function readDirectories(db: Transaction, spaces: readonly SpaceId[]): Promise<DirectoryRow[]> {
  const { rows } = await db.query<DirectoryRow>({ name: 'directory-read', text: readSql }, [spaces]);
  return rows;
}

/** Of every space that is or was. */
export async function readVersions(db: Transaction): Promise<{ space_id: SpaceId; version: number }[]> {
  const text = 'select space_id, version from directory_versions';
  return (await db.query<{ space_id: SpaceId; version: number }>({ name: 'directory-versions', text })).rows;
}

const readSql = `
  select v.space_id, v.version, to_jsonb(s) as space,
    (select coalesce(jsonb_agg(to_jsonb(u) - 'password_hash' || jsonb_build_object('groups', array(
              select g.group_id from user_groups g where g.space_id = u.space_id and g.user_id = u.id))), '[]')
       from users u where u.space_id = v.space_id) as users,
    (select coalesce(jsonb_agg(to_jsonb(e)), '[]') from extensions e where e.space_id = v.space_id) as extensions,
    (select coalesce(jsonb_agg(to_jsonb(t) || jsonb_build_object('dids', (
              select coalesce(jsonb_agg(to_jsonb(d) order by d.position), '[]')
                from dids d where d.space_id = t.space_id and d.trunk_id = t.id))), '[]')
       from trunks t where t.space_id = v.space_id) as trunks,
    (select coalesce(jsonb_agg(to_jsonb(q) || jsonb_build_object('users', array(
              select m.user_id from queue_users m join users u on u.space_id = m.space_id and u.id = m.user_id
               where m.space_id = q.space_id and m.queue_id = q.id and not u.disabled order by m.position))), '[]')
       from queues q where q.space_id = v.space_id) as queues,
    (select coalesce(jsonb_agg(to_jsonb(p)), '[]') from vips p where p.space_id = v.space_id) as vips,
    (select coalesce(jsonb_agg(to_jsonb(p) order by substr(p.id, 5)::int), '[]')
       from pauses p where p.space_id = v.space_id) as pauses,
    (select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'name', i.name, 'version', i.version)), '[]')
       from ivrs i where i.space_id = v.space_id and i.version is not null) as ivrs,
    (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'filename', s.filename, 'duration_ms', s.duration_ms)), '[]')
       from sounds s where s.space_id = v.space_id) as sounds,
    array(select p.presentation_number from projects p
           where p.space_id = v.space_id and p.presentation_number is not null) as presentation_numbers
  from directory_versions v left join spaces s on s.id = v.space_id
  where v.space_id = any ($1::int[])`;

const ms = (seconds: number) => seconds * 1_000;
const msOrNull = (seconds: number | null) => (seconds === null ? null : seconds * 1_000);

/** `ivrVersions`: as in Directory. */
export function directoryOf(row: DirectoryRow, space: SpaceRow, ivrVersions: Directory['ivrVersions']): Directory {
  const extensions = row.extensions.map(extensionOf);
  const phones = extensions.filter((extension) => extension.type === 'phone');
  return {
    space: {
      id: space.id,
      name: space.name,
      code: space.code,
      number: space.number,
      timeZone: space.time_zone,
      country: space.country,
      ringTimeoutMs: ms(space.ring_timeout_s),
      allowedPrefixes: space.allowed_prefixes ?? [],
      maxCallMs: msOrNull(space.max_call_s),
      missesBeforePause: space.misses_before_pause,
      callingHours: hoursRulesOf(space.calling_hours),
      maxSmsParts: space.max_sms_parts,
      username: space.username,
      replyWindowMs: ms(space.reply_window_h * 3_600),
      stopWords: space.stop_words,
    },
    users: new Map(row.users.map((user) => [user.id, userOf(user)])),
    extensions: new Map(extensions.map((extension) => [extension.id, extension])),
    extensionsByNumber: new Map(extensions.map((extension) => [extension.number, extension])),
    phoneOf: new Map(phones.flatMap((phone) => (phone.user === null ? [] : [[phone.user, phone]]))),
    trunks: new Map(row.trunks.map((trunk) => [trunk.id, trunkOf(trunk)])),
    queues: new Map(row.queues.map((queue) => [queue.id, queueOf(queue)])),
    vips: new Map(
      row.vips.map((vip) => {
        const number = vip.number.replace('+', '');
        return [number, { number, vipRate: vip.vip_rate, priority: vip.priority }];
      }),
    ),
    ivrs: new Map(row.ivrs.map((ivr) => [ivr.id, ivr])),
    ivrVersions,
    sounds: soundsOf(row.sounds),
    presentationNumbers: row.presentation_numbers,
    pauses: new Map(row.pauses.map(({ id, value }) => [id, value])),
  };
}

export function trunkSetupOf(space: SpaceId, trunk: TrunkRow): TrunkSetup {
  return {
    id: trunk.id,
    space,
    type: trunk.type,
    host: trunk.host,
    port: trunk.port,
    username: trunk.username,
    password: trunk.password,
    matchAddresses: trunk.match_addresses,
    dids: trunk.dids.map((did) => did.number),
  };
}

export function phoneSetupOf(space: SpaceId, phone: ExtensionRow, holder: UserSettings | undefined): PhoneSetup {
  return {
    extension: phone.id,
    space,
    number: phone.number,
    displayName: holder?.displayName ?? phone.number,
    sandbox: phone.sandbox,
    username: phone.sip_username,
    password: phone.sip_password,
  };
}

function userOf(user: UserRow): UserSettings {
  return {
    id: user.id,
    username: user.username,
    firstname: user.firstname,
    surname: user.surname,
    displayName: user.display_name ?? `${user.firstname} ${user.surname}`,
    role: user.role,
    groups: user.groups,
    outboundNumber: user.outbound_number,
  };
}

function extensionOf(row: ExtensionRow): ExtensionSettings {
  const { id, number } = row;
  switch (row.type) {
    case 'phone': {
      const forward = { always: row.forward_always, busy: row.forward_busy, noAnswer: row.forward_no_answer };
      const { sandbox, user_id: user, do_not_disturb: doNotDisturb } = row;
      return { id, number, type: 'phone', user, sandbox, forward, doNotDisturb };
    }
    // The table's checks hold that these are there.
    case 'queue':
      return { id, number, type: 'queue', queue: row.queue_id! };
    case 'ivr':
      return { id, number, type: 'ivr', ivr: row.ivr_id! };
    case 'route':
      return { id, number, type: 'route', trunk: row.trunk_id!, to: row.route_to! };
  }
}

function soundsOf(rows: DirectoryRow['sounds']): Directory['sounds'] {
  const sounds = new Map<SoundRef, PlayableSound>();
  for (const { id, filename, duration_ms: durationMs } of rows) {
    const sound = { name: engineNameOf(filename), durationMs };
    sounds.set(id, sound).set(filename, sound);
  }
  return sounds;
}

function trunkOf(trunk: TrunkRow): TrunkSettings {
  return {
    id: trunk.id,
    name: trunk.name,
    type: trunk.type,
    outbound: trunk.outbound,
    maxCalls: trunk.max_calls,
    callsPerSecond: trunk.calls_per_second,
    dids: trunk.dids.map((did) => ({ number: did.number, extensionNumber: did.extension_number })),
  };
}

function queueOf(queue: QueueRow): QueueSettings {
  return {
    id: queue.id,
    name: queue.name,
    strategy: queue.strategy,
    users: queue.users,
    ringTimeoutMs: ms(queue.ring_timeout_s),
    wrapUpMs: ms(queue.wrap_up_s),
    maxWaitMs: msOrNull(queue.max_wait_s),
    overflowExtension: queue.overflow_extension,
    serviceLevelMs: ms(queue.service_level_s),
    recording: queue.recording,
  };
}
