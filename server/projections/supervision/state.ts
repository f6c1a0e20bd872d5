// What a supervisor's screen shows, as a pure fold of the frames: the state after frame n is the fold of 1…n.
// Names are not in it: they come from the directory when it is shown.
import type { AgentState, Notification, QueueCall, TrunkCall } from '../../../contract/supervision.ts';

/** A notification with its place in its space. `at`: epoch milliseconds of the event. */
export interface Frame {
  cpt: number;
  at: number;
  event: Notification;
}

/** JSON throughout, so that it is stored as it is. Keys are ids; a queue or trunk without calls has no entry. */
export interface SupervisionState {
  cpt: number;
  agents: Record<number, AgentState>;
  queues: Record<number, Record<number, QueueCall>>;
  trunks: Record<number, Record<number, TrunkCall>>;
}

export const emptyState: SupervisionState = { cpt: 0, agents: {}, queues: {}, trunks: {} };

/** An agent of whom nothing has been told yet. */
export const unseenAgent: AgentState = {
  logged_in: false,
  supp: '',
  ui_since: null,
  status: 'unavailable',
  since: null,
  call: null,
};

export function applyFrame(state: SupervisionState, { cpt, at, event }: Frame): SupervisionState {
  const second = Math.floor(at / 1000);
  const next = { ...state, cpt };
  switch (event.type_notification) {
    case 'operator':
      return { ...next, agents: withStatus(state.agents, event.msg, second) };
    case 'UI': {
      const { id_operator, supp } = event.msg;
      const logged_in =
        event.event === 'pause' ? (state.agents[id_operator]?.logged_in ?? true) : event.event === 'login';
      return { ...next, agents: changed(state.agents, id_operator, { logged_in, supp, ui_since: second }) };
    }
    case 'PUSHCALL':
      return next;
    case 'queue':
      return { ...next, queues: withQueueCall(state.queues, event, second) };
    case 'trunk':
      return { ...next, trunks: withTrunkCall(state.trunks, event, second) };
  }
}

type Of<T extends Notification['type_notification']> = Extract<Notification, { type_notification: T }>;

function withStatus(agents: SupervisionState['agents'], msg: Of<'operator'>['msg'], second: number) {
  switch (msg.status) {
    case 'transfert_start':
      return agents;
    case 'available':
    case 'unavailable':
      return changed(agents, msg.id_operator, { status: msg.status, since: second, call: null });
    case 'ringing':
    case 'calling':
    case 'connected': {
      const { id_call, caller_id_num, id_queue, step, rec } = msg;
      const call = { id_call, caller_id_num, id_queue, step, rec, since: second - msg.call_duration };
      const shown = agents[msg.id_operator];
      // Told again because of another party, or of a recording: he has been so since the first time.
      const since = shown?.status === msg.status && shown.call?.id_call === id_call ? shown.since : second;
      return changed(agents, msg.id_operator, { status: msg.status, since, call });
    }
  }
}

function changed(agents: SupervisionState['agents'], id: number, change: Partial<AgentState>) {
  return { ...agents, [id]: { ...(agents[id] ?? unseenAgent), ...change } };
}

function withQueueCall(queues: SupervisionState['queues'], event: Of<'queue'>, second: number) {
  const { id_queue, id_call } = event.msg;
  if (event.event === 'delete_call') return without(queues, id_queue, id_call);
  if (event.event === 'insert_call') {
    const { caller_id_num, priority, vip_rate, call_duration, duration_in_queue } = event.msg;
    return withCall<QueueCall>(queues, id_queue, {
      id_call,
      caller_id_num,
      priority,
      vip_rate,
      since: second - duration_in_queue,
      call_since: second - call_duration,
      id_operator: null,
      connected_since: null,
    });
  }
  const waiting = queues[id_queue]?.[id_call];
  if (!waiting) return queues;
  return withCall<QueueCall>(queues, id_queue, {
    ...waiting,
    id_operator: event.msg.id_operator,
    connected_since: second,
  });
}

function withTrunkCall(trunks: SupervisionState['trunks'], event: Of<'trunk'>, second: number) {
  const { id_trunk, id_call } = event.msg;
  if (event.event === 'delete_call') return without(trunks, id_trunk, id_call);
  const { caller_id_num } = event.msg;
  const since = trunks[id_trunk]?.[id_call]?.since ?? second;
  const connected_since = event.event === 'connect_call' ? second : null;
  return withCall<TrunkCall>(trunks, id_trunk, { id_call, caller_id_num, since, connected_since });
}

type Lines<C> = Record<number, Record<number, C>>;

function withCall<C extends { id_call: number }>(lines: Lines<C>, line: number, call: C): Lines<C> {
  return { ...lines, [line]: { ...lines[line], [call.id_call]: call } };
}

function without<C>(lines: Lines<C>, line: number, call: number): Lines<C> {
  const { [call]: _gone, ...calls } = lines[line] ?? {};
  const { [line]: _line, ...others } = lines;
  return Object.keys(calls).length === 0 ? others : { ...others, [line]: calls };
}
