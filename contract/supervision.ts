// The supervision stream as it crosses the wire: POST /ws/, then Socket.IO. Field names are the interface's own
// (French ones included); ids are always integers.
import { z } from 'zod';

const id = z.int();
const seconds = z.int().nonnegative();
/** Digits as presented, without plus or spaces; `*` and `#` of internal numbers stay. */
const number = z.string().regex(/^[0-9*#]*$/);
const flag = z.union([z.literal(0), z.literal(1)]);
/** `user0`…`user15`; empty on login and at the end of a pause. */
const supp = z.string().regex(/^(user([0-9]|1[0-5]))?$/);

export const busyStatus = z.enum(['ringing', 'calling', 'connected']);
export const operatorStatus = z.enum(['available', 'ringing', 'calling', 'connected', 'unavailable']);

function notification<T extends string, E extends string, M extends z.ZodType>(type: T, event: E, msg: M) {
  return z.strictObject({ msg, type_notification: z.literal(type), event: z.literal(event) });
}

const busyOperator = z.strictObject({
  status: busyStatus,
  rec: flag,
  call_duration: seconds,
  caller_id_num: number,
  step: z.int().positive(),
  id_queue: id,
  id_call: id,
  id_operator: id,
  id_client: id,
});
const freeOperator = z.strictObject({ status: z.enum(['available', 'unavailable']), id_operator: id, id_client: id });
/** `stype`: 1 blind, 2 consultative, 3 conference. */
const transferStart = z.strictObject({
  status: z.literal('transfert_start'),
  id_operator: id,
  stype: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  id_client: id,
  id_call: id,
});
const desk = z.strictObject({ supp, id_operator: id, id_client: id });

/** Everything that a supervisor is ever told, `event` of an update. */
export const notificationSchema = z.union([
  notification('operator', 'status', z.union([busyOperator, freeOperator, transferStart])),
  notification('UI', 'login', desk),
  notification('UI', 'logout', desk),
  notification('UI', 'pause', desk),
  notification(
    'PUSHCALL',
    'pushcall',
    z.strictObject({ id_operator: id, id_client: id, callee_num: number, id_call: id }),
  ),
  notification(
    'queue',
    'insert_call',
    z.strictObject({
      call_duration: seconds,
      caller_id_num: number,
      priority: z.int(),
      id_queue: id,
      id_call: id,
      vip_rate: z.number(),
      duration_in_queue: seconds,
      id_client: id,
    }),
  ),
  notification(
    'queue',
    'connect_call',
    z.strictObject({
      status: z.literal('connected'),
      rec: z.literal(1).optional(),
      call_duration: seconds,
      caller_id_num: number,
      step: z.int().positive(),
      id_queue: id,
      id_call: id,
      id_operator: id,
      id_client: id,
    }),
  ),
  notification('queue', 'delete_call', z.strictObject({ id_call: id, id_queue: id, id_client: id })),
  notification(
    'trunk',
    'insert_call',
    z.strictObject({
      call_duration: seconds,
      id_trunk: id,
      caller_id_num: number,
      id_call: id,
      duration_in_queue: seconds,
    }),
  ),
  notification(
    'trunk',
    'connect_call',
    z.strictObject({
      status: z.literal('connected'),
      call_duration: seconds,
      id_trunk: id,
      caller_id_num: number,
      id_call: id,
    }),
  ),
  notification('trunk', 'delete_call', z.strictObject({ id_call: id, id_trunk: id })),
]);
export type Notification = z.infer<typeof notificationSchema>;

/** The one argument of the Socket.IO event `update`. `ts`: epoch seconds when sent; `elapse`: seconds since the event;
 *  `cpt`: number of the event in the space, gapless. */
export const updateSchema = z.strictObject({
  ts: z.int(),
  elapse: seconds,
  event: notificationSchema,
  cpt: z.int().positive(),
});
export type Update = z.infer<typeof updateSchema>;

const agentCall = z.strictObject({
  id_call: id,
  caller_id_num: number,
  id_queue: id,
  step: z.int(),
  rec: flag,
  /** Epoch seconds at which the call began. */
  since: z.int(),
});
/** Epoch seconds: `since` of the status, `ui_since` of login, logout or pause; null: never seen. */
const agentState = z.strictObject({
  logged_in: z.boolean(),
  supp,
  ui_since: z.int().nullable(),
  status: operatorStatus,
  since: z.int().nullable(),
  call: agentCall.nullable(),
});
/** `since`: epoch seconds at which it entered the queue; `id_operator` and `connected_since`: null while it waits. */
const queueCall = z.strictObject({
  id_call: id,
  caller_id_num: number,
  priority: z.int(),
  vip_rate: z.number(),
  since: z.int(),
  call_since: z.int(),
  id_operator: id.nullable(),
  connected_since: z.int().nullable(),
});
const trunkCall = z.strictObject({
  id_call: id,
  caller_id_num: number,
  since: z.int(),
  connected_since: z.int().nullable(),
});
export type AgentState = z.infer<typeof agentState>;
export type QueueCall = z.infer<typeof queueCall>;
export type TrunkCall = z.infer<typeof trunkCall>;

/** Answer of `snapshot`: the space as it is after the update `cpt`. */
export const snapshotSchema = z.strictObject({
  cpt: z.int().nonnegative(),
  ts: z.int(),
  agents: z.array(agentState.extend({ id_operator: id, nom: z.string() })),
  queues: z.array(z.strictObject({ id_queue: id, nom: z.string(), calls: z.array(queueCall) })),
  trunks: z.array(z.strictObject({ id_trunk: id, nom: z.string(), calls: z.array(trunkCall) })),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** What POST /ws/ is asked, in the header X-JSON. `count_type` is how one page of the interface spells `account_type`. */
export const signInSchema = z
  .object({
    requete: z.literal('init'),
    header: z.object({
      login: z.string(),
      password: z.string(),
      account_type: z.string().optional(),
      count_type: z.string().optional(),
    }),
  })
  .refine(({ header }) => (header.account_type ?? header.count_type) !== undefined, {
    message: 'account_type is needed',
    path: ['header', 'account_type'],
  });

/** What POST /ws/ answers. `target` is the supervisor's own id; `expire` is ISO 8601 with microseconds. */
export interface SignInAnswer {
  ops: { id: number; nom: string; groupes: number[] }[];
  groupes: { id: number; nom: string }[];
  trunks: { id: number; nom: string }[];
  pauses: { id: string; value: string }[];
  queues: { id: number; nom: string }[];
  target: number;
  id_session: string;
  expire: string;
}

/** Fourth argument of `init`. `since`: the last `cpt` that the client has got. */
export const initOptionsSchema = z.object({ since: z.int().nonnegative().optional() });

/** `code` of `init_error`; the server disconnects after it. */
export type InitErrorCode = 'bad_request' | 'bad_session' | 'too_many' | 'timeout' | 'unavailable';
