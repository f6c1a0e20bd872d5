// The journal's vocabulary. An event is a fact: past tense, whole, never edited. It holds all that a
// projection needs, so that none looks up what is true today.
import type { CampaignCall, RequestSnapshot } from './campaign-call.ts';
import type { ContactEvent } from './contacts/events.ts';
import type { IvrFact } from './ivr/facts.ts';
import type { CallId, ExtensionId, Instant, LegId, QueueId, RequestId, TrunkId, UserId } from './ids.ts';

/** Who is on a leg. `number` is what the party is reached by or shows: digits, or an extension's number. */
export type Party =
  | { kind: 'external'; number: string; name: string | null; trunk: TrunkId | null }
  | {
      kind: 'agent';
      number: string;
      name: string | null;
      user: UserId;
      extension: ExtensionId;
      username: string;
      firstname: string;
      surname: string | null;
      outboundNumber: string | null;
    }
  | { kind: 'phone'; number: string; name: string | null; extension: ExtensionId };

/**
 * inbound: came by a trunk (or from a sandbox caller); outbound: an agent or the platform calls
 * somebody outside; internal: between our own phones and queues.
 */
export type Direction = 'inbound' | 'outbound' | 'internal';
/** What made the call come into being. `rest`: POST /calls; `pushcall`: a supervisor asked an agent to call. */
export type CallOrigin = 'trunk' | 'phone' | 'rest' | 'pushcall' | 'sandbox' | 'campaign';

/** docs/dialogs.md, close_cause: HANGUP this party hung up, DIALOG_LEFT the other one did; the rest never talked. */
export type CloseCause = 'HANGUP' | 'DIALOG_LEFT' | 'NO_ANSWER' | 'BUSY' | 'REJECTED' | 'CANCELED' | 'FAILED';

/** How a call ended, seen from the whole call. `answered`: two parties have talked, whatever came after, or an IVR has
 *  served the caller to its end; the rest is why not. */
export type CallOutcome = 'answered' | 'abandoned' | 'no_answer' | 'busy' | 'rejected' | 'canceled' | 'failed';

/** Why an offer to an agent ended without a conversation. `lost`: somebody else took the call, or the caller left. */
export type OfferOutcome = 'no_answer' | 'rejected' | 'busy' | 'unreachable' | 'lost';

export type TransferType = 'blind' | 'consultative' | 'conference';

/** What happens to a call in an IVR; `IvrFact` says each. */
export type IvrEvent = IvrFact extends infer Fact
  ? Fact extends unknown
    ? Fact & { call: CallId; at: Instant }
    : never
  : never;

type OfCall<T extends string, Data> = { type: T; call: CallId; at: Instant } & Data;
type OfAgent<T extends string, Data> = { type: T; user: UserId; at: Instant } & Data;

/** What the supervision face shows of the call that an agent's phone is busy with. */
export interface AgentCall {
  call: CallId;
  number: number;
  leg: LegId;
  /** Number of the other party. */
  peerNumber: string;
  queue: QueueId | null;
  /** 1 for the first attempt at distribution, +1 each; 1 outside queues. */
  step: number;
  recorded: boolean;
  /** When the call began. */
  callSince: Instant;
}

export type CallEvent =
  | OfCall<
      'call.created',
      {
        number: number;
        direction: Direction;
        origin: CallOrigin;
        /** The calling party's number and name as presented. */
        from: { number: string; name: string | null };
        /** What was dialled. */
        dialled: string;
        did: string | null;
        trunk: TrunkId | null;
        /** The agent who placed it, if one did. */
        placedBy: UserId | null;
        /** The attempt of a voice campaign that it is. */
        campaign?: CampaignCall;
      }
    >
  /** `side`: caller: this party placed the call; callee: the platform rings it. */
  | OfCall<'leg.created', { leg: LegId; side: 'caller' | 'callee'; party: Party }>
  | OfCall<'leg.ringing', { leg: LegId }>
  | OfCall<'leg.early_media', { leg: LegId }>
  | OfCall<'leg.answered', { leg: LegId }>
  /** Bridged with another party. */
  | OfCall<'leg.talking', { leg: LegId }>
  | OfCall<'leg.digit', { leg: LegId; digit: string; durationMs: number | null }>
  | OfCall<'leg.held', { leg: LegId }>
  | OfCall<'leg.unheld', { leg: LegId }>
  /** We have told the engine to hang it up; `cause` is what its close will say. */
  | OfCall<'leg.release_asked', { leg: LegId; cause: CloseCause }>
  /** `q850`: ITU-T Q.850 cause, null when the engine did not say. `talkMs`: null while it has never talked. */
  | OfCall<'leg.closed', { leg: LegId; cause: CloseCause; q850: number | null; talkMs: number | null }>
  | OfCall<
      'call.queued',
      {
        queue: QueueId;
        queueName: string;
        /** The leg that waits. */
        served: LegId;
        number: number;
        callerNumber: string;
        priority: number;
        vipRate: number;
        callSince: Instant;
        /** Epoch ms at which the overflow acts; null: waits for ever. */
        overflowAt: Instant | null;
      }
    >
  | OfCall<'call.offered', { queue: QueueId; user: UserId; leg: LegId; step: number; until: Instant }>
  | OfCall<'call.offer_ended', { queue: QueueId; user: UserId; leg: LegId; outcome: OfferOutcome }>
  /** The caller and an agent talk, out of a queue. */
  | OfCall<
      'call.connected',
      {
        queue: QueueId;
        number: number;
        user: UserId;
        leg: LegId;
        callerNumber: string;
        step: number;
        waitedMs: number;
        recorded: boolean;
        callSince: Instant;
        withinServiceLevel: boolean;
      }
    >
  | OfCall<'call.abandoned', { queue: QueueId; number: number; waitedMs: number }>
  | OfCall<'call.overflowed', { queue: QueueId; number: number; waitedMs: number; to: string | null }>
  /** It has left the queue for good: `served` after a conversation. */
  | OfCall<
      'call.left_queue',
      { queue: QueueId; number: number; reason: 'served' | 'abandoned' | 'overflowed' | 'transferred' }
    >
  /** It is routed out by a trunk, and waits while the trunk has no free channel. */
  | OfCall<
      'route.entered',
      {
        trunk: TrunkId;
        trunkName: string;
        served: LegId;
        /** The served party stays where it is, in its conversation or IVR, until somebody answers. */
        consultation: boolean;
        /** The call is on that trunk already, by another leg. */
        again?: true;
        number: number;
        to: string;
        callerNumber: string;
        callSince: Instant;
        until: Instant;
      }
    >
  | OfCall<'route.dialled', { trunk: TrunkId; leg: LegId; until: Instant }>
  | OfCall<
      'route.connected',
      {
        trunk: TrunkId;
        number: number;
        callerNumber: string;
        callSince: Instant;
        waitedMs: number;
        /** Another leg of the call has been put through on that trunk before, and the call has not left it since. */
        again?: true;
      }
    >
  /** `leg`: null when it never got a channel. `stays`: another leg of the call is still on that trunk. */
  | OfCall<'route.left', { trunk: TrunkId; number: number; leg: LegId | null; stays?: true }>
  /** A phone is rung outside a queue: a direct call, a transfer, an agent's own call, a simple transfer of an IVR. */
  | OfCall<
      'phone.rung',
      /** `forwards`: how often the call has been forwarded so far. */
      { extension: ExtensionId; served: LegId; leg: LegId; until: Instant; forwards: number }
    >
  /** An agent's own phone is rung before the number he asked for is dialled. */
  | OfCall<'call.arriving', { leg: LegId; until: Instant }>
  /** These legs hear each other. */
  | OfCall<'call.talking', { legs: LegId[] }>
  | OfCall<
      'transfer.started',
      {
        by: LegId;
        user: UserId | null;
        number: number;
        kind: TransferType;
        to: string;
        party: LegId;
        /** The new leg of a consultation, and how long it rings; null for a blind transfer. */
        leg: LegId | null;
        until: Instant | null;
      }
    >
  | OfCall<'transfer.completed', { by: LegId; party: LegId; leg: LegId | null; kind: TransferType }>
  | OfCall<'transfer.cancelled', { by: LegId; leg: LegId | null; reason: 'asked' | 'not_reached' | 'party_left' }>
  | OfCall<'recording.started', { recording: string }>
  | OfCall<'recording.stopped', { recording: string; durationMs: number | null }>
  /** It is being taken down; the remaining legs are told to hang up. */
  | OfCall<'call.ending', { outcome: CallOutcome }>
  | IvrEvent
  | OfCall<'call.ended', { outcome: CallOutcome; number: number; talkMs: number | null; durationMs: number }>;

export type AgentEvent =
  | OfAgent<'agent.logged_in', {}>
  | OfAgent<'agent.logged_out', {}>
  /** `pause`: `user0`…`user15`. `missed`: set by the platform after missed calls. */
  | OfAgent<'agent.paused', { pause: string; reason: 'asked' | 'missed' }>
  | OfAgent<'agent.resumed', {}>
  /** His phone is taken for this call from now on; nothing to be seen or heard yet. */
  | OfAgent<'agent.reserved', { call: CallId; leg: LegId }>
  | OfAgent<'agent.ringing', AgentCall>
  | OfAgent<'agent.calling', AgentCall>
  | OfAgent<'agent.connected', AgentCall>
  /** The phone is free again. `missed`: it rang and was not answered. */
  | OfAgent<'agent.released', { call: CallId; missed: boolean; wrapUpUntil: Instant | null }>
  | OfAgent<'agent.wrap_up_ended', {}>
  /** The phone became reachable or not (registration). */
  | OfAgent<'agent.phone_reachable', {}>
  | OfAgent<'agent.phone_unreachable', {}>
  | OfAgent<'agent.transfer_started', { call: CallId; number: number; kind: TransferType }>
  | OfAgent<'agent.call_pushed', { call: CallId; number: number; to: string }>;

/** One side of one of a request's calls. `answeredAt`, `closedAt`, `cause`: null while it was or is not. */
export interface RequestDialog {
  leg: LegId;
  createdAt: Instant;
  answeredAt: Instant | null;
  closedAt: Instant | null;
  cause: CloseCause | null;
}

/** What the dialog webhooks tell of a request; frozen, like the attempt of a call. */
export interface RequestFacts extends Pick<CampaignCall, 'campaign' | 'project'> {
  /** As it stands after what happened: tries counted, schedule moved. */
  snapshot: RequestSnapshot;
  /** The consultant who handled it; null: nobody (closed by the platform or an administrator). */
  consultant: { user: UserId; username: string } | null;
  /** E.164 digits without plus, and name, as dialled or to be dialled. */
  contact: { number: string; name: string | null };
  /** Its newest call, whose events go out before; null: it was never called. */
  lastCall: CallId | null;
  /** Of its newest call, null when that side never came to be. */
  lastDialogs: { consultant: LegId | null; contact: LegId | null };
}

type OfRequest<T extends string, Data> = { type: T; request: RequestId; at: Instant } & Data;

export type CampaignEvent =
  /** Nobody will call it again. `dialogs`: of all its calls, in the order of their creation. `recordedCall`: the newest
   *  of its calls that was recorded. */
  | OfRequest<'request.closed', { about: RequestFacts; dialogs: RequestDialog[]; recordedCall: CallId | null }>
  /** The consultant's phone did not answer: no contact was dialled, and it will be tried again. */
  | OfRequest<'request.consultant_retry', { about: RequestFacts }>;

/** What changes a floor: the calls and agents of a space. */
export type FloorEvent = CallEvent | AgentEvent;
export type Event = FloorEvent | CampaignEvent | ContactEvent;
export type EventType = Event['type'];

export function isAgentEvent(event: Event): event is AgentEvent {
  return event.type.startsWith('agent.');
}

export function isIvrEvent(event: Event): event is IvrEvent {
  return event.type.startsWith('ivr.');
}

export function isCampaignEvent(event: Event): event is CampaignEvent {
  return event.type.startsWith('request.');
}

export function isContactEvent(event: Event): event is ContactEvent {
  return event.type.startsWith('attempt.') || event.type.startsWith('reply.');
}

export function isCallEvent(event: Event): event is CallEvent {
  return 'call' in event && !isAgentEvent(event);
}

/** The stream that orders an event's aggregate, such as `call:<id>` or `agent:<user id>`. */
export function streamOf(event: Event): string {
  if (isAgentEvent(event)) return `agent:${event.user}`;
  if (isCampaignEvent(event)) return `request:${event.request}`;
  if (!isContactEvent(event)) return `call:${event.call}`;
  return event.type === 'reply.unmatched' ? `reply:${event.reply}` : `attempt:${event.attempt}`;
}
