// One call as the rules see it, folded from its events. Stages:
//
//   arriving ──► queued ──► talking ──► ending ──► ended
//      │           ▲ │         │ ▲
//      ├──► ringing┘ │         │ │   a transfer starts over at queued, ringing, routing or ivr
//      ├──► routing ─┤         │ │   with the party that stays
//      └──► ivr ─────┴─────────┘─┘   leads on to any of them
import type { CampaignCall } from './campaign-call.ts';
import {
  type CallEvent,
  type CallOrigin,
  type CallOutcome,
  type CloseCause,
  type Direction,
  type IvrEvent,
  isIvrEvent,
  type Party,
  type TransferType,
} from './events.ts';
import { type InIvr, inIvrAfter } from './in-ivr.ts';
import {
  asKey,
  type CallId,
  type ExtensionId,
  type Instant,
  type LegId,
  type QueueId,
  type TrunkId,
  type UserId,
} from './ids.ts';
import type { EarlierIvrs } from './ivr/facts.ts';
import { evolveRun } from './ivr/run.ts';

export interface Leg {
  id: LegId;
  side: 'caller' | 'callee';
  party: Party;
  state: 'new' | 'ringing' | 'answered' | 'closed';
  /** This party has put the others on hold. */
  holding: boolean;
  /** Our hang-up is under way; `cause` is what the close will say. */
  release: { at: Instant; cause: CloseCause } | null;
  talkingSince: Instant | null;
}

export interface Offer {
  user: UserId;
  leg: LegId;
  step: number;
  until: Instant;
}

export type Stage =
  /** The caller's own side is not complete: an agent's phone that is rung before the number is dialled. */
  | { at: 'arriving' }
  | {
      at: 'queued';
      served: LegId;
      queue: QueueId;
      since: Instant;
      priority: number;
      vipRate: number;
      overflowAt: Instant | null;
      /** Rounds of distribution so far. */
      steps: number;
      offers: Offer[];
      /** Agents who did not take it, and when. */
      refused: { user: UserId; at: Instant }[];
    }
  | { at: 'ringing'; served: LegId; leg: LegId; extension: ExtensionId; until: Instant }
  /** `leg` null: waits for a free channel. */
  | { at: 'routing'; served: LegId; trunk: TrunkId; to: string; since: Instant; leg: LegId | null; until: Instant }
  | InIvr
  | { at: 'talking'; legs: LegId[] }
  | { at: 'ending'; outcome: CallOutcome }
  | { at: 'ended'; outcome: CallOutcome };

/** A trunk that the call goes out by. */
export interface Route {
  trunk: TrunkId;
  /** null: it waits for a free channel. */
  leg: LegId | null;
  to: string;
  since: Instant;
  /** How long it may wait, or ring. */
  until: Instant;
  /** The call has been put through on that trunk, by this leg or another one. */
  connected?: true;
}

/** A consultation before a transfer: `by` asks `leg` while `party` waits on hold. */
export interface Consultation {
  by: LegId;
  party: LegId;
  leg: LegId;
  kind: TransferType;
  to: string;
  until: Instant;
}

export interface Call {
  id: CallId;
  version: number;
  number: number;
  direction: Direction;
  origin: CallOrigin;
  from: { number: string; name: string | null };
  dialled: string;
  did: string | null;
  trunk: TrunkId | null;
  placedBy: UserId | null;
  campaign: CampaignCall | null;
  since: Instant;
  legs: readonly Leg[];
  stage: Stage;
  /** The last time something began to ring or wait; what `until` an arriving call has. */
  arrivingUntil: Instant | null;
  consultation: Consultation | null;
  /** The queue that put it through and has not let it go. */
  servedBy: { queue: QueueId; user: UserId; leg: LegId; step: number } | null;
  /** Trunks that it goes out by and has not left. */
  routes: readonly Route[];
  /** What an IVR has had the caller shown as; null: `from`. */
  shownAs: { number: string; name: string | null } | null;
  /** What its IVRs have come to; null: it has been in none. */
  ivrs: (EarlierIvrs & { variables: Readonly<Record<string, string>> }) | null;
  recording: string | null;
  firstTalkAt: Instant | null;
  talkMs: number | null;
  forwards: number;
}

export function callOf(event: Extract<CallEvent, { type: 'call.created' }>): Call {
  return {
    id: event.call,
    version: 1,
    number: event.number,
    direction: event.direction,
    origin: event.origin,
    from: event.from,
    dialled: event.dialled,
    did: event.did,
    trunk: event.trunk,
    placedBy: event.placedBy,
    campaign: event.campaign ?? null,
    since: event.at,
    legs: [],
    stage: { at: 'arriving' },
    arrivingUntil: null,
    consultation: null,
    servedBy: null,
    routes: [],
    shownAs: null,
    ivrs: null,
    recording: null,
    firstTalkAt: null,
    talkMs: null,
    forwards: 0,
  };
}

/** The call after the event; total over every event of a call's stream. */
export function evolveCall(call: Call, event: CallEvent): Call {
  const { stage } = call;
  const inIvr = stage.at === 'ivr' && { stage: inIvrAfter(stage, event) };
  return { ...call, ...inIvr, ...changeOf(call, event), version: call.version + 1 };
}

function changeOf(call: Call, event: CallEvent): Partial<Call> {
  if (isIvrEvent(event)) return changeByIvr(call, event);
  switch (event.type) {
    case 'call.created':
      throw new Error(`call ${call.id} is created twice`);
    case 'leg.created':
      return {
        legs: [
          ...call.legs,
          {
            id: event.leg,
            side: event.side,
            party: event.party,
            state: 'new',
            holding: false,
            release: null,
            talkingSince: null,
          },
        ],
      };
    case 'leg.ringing':
      return withLeg(call, event.leg, (leg) => (leg.state === 'new' ? { state: 'ringing' } : {}));
    case 'leg.early_media':
    case 'leg.digit':
      return {};
    case 'leg.answered':
      return withLeg(call, event.leg, () => ({ state: 'answered' }));
    case 'leg.talking':
      return {
        ...withLeg(call, event.leg, (leg) => ({ talkingSince: leg.talkingSince ?? event.at })),
        firstTalkAt: call.firstTalkAt ?? event.at,
      };
    case 'leg.held':
      return withLeg(call, event.leg, () => ({ holding: true }));
    case 'leg.unheld':
      return withLeg(call, event.leg, () => ({ holding: false }));
    case 'leg.release_asked':
      return withLeg(call, event.leg, () => ({ release: { at: event.at, cause: event.cause } }));
    case 'leg.closed':
      return {
        ...withLeg(call, event.leg, () => ({ state: 'closed', holding: false })),
        talkMs: event.talkMs === null ? call.talkMs : Math.max(call.talkMs ?? 0, event.talkMs),
      };
    case 'call.queued':
      return {
        stage: {
          at: 'queued',
          served: event.served,
          queue: event.queue,
          since: event.at,
          priority: event.priority,
          vipRate: event.vipRate,
          overflowAt: event.overflowAt,
          steps: 0,
          offers: [],
          refused: [],
        },
      };
    case 'call.offered':
      return inQueue(call, (stage) => ({
        steps: Math.max(stage.steps, event.step),
        offers: [...stage.offers, { user: event.user, leg: event.leg, step: event.step, until: event.until }],
      }));
    case 'call.offer_ended':
      return inQueue(call, (stage) => ({
        offers: stage.offers.filter((offer) => offer.leg !== event.leg),
        refused:
          event.outcome === 'lost'
            ? stage.refused
            : [...stage.refused.filter((past) => past.user !== event.user), { user: event.user, at: event.at }],
      }));
    case 'call.connected':
      return { servedBy: { queue: event.queue, user: event.user, leg: event.leg, step: event.step } };
    case 'call.abandoned':
    case 'call.overflowed':
      return {};
    case 'call.left_queue':
      // Between two stages: it is led on, or ended, by the same decision.
      return { servedBy: null, ...(call.stage.at === 'queued' ? { stage: { at: 'arriving' } } : {}) };
    case 'route.entered':
      return {
        stage: event.consultation
          ? call.stage
          : {
              at: 'routing',
              served: event.served,
              trunk: event.trunk,
              to: event.to,
              since: event.at,
              leg: null,
              until: event.until,
            },
        routes: [
          ...call.routes,
          {
            trunk: event.trunk,
            leg: null,
            to: event.to,
            since: event.at,
            until: event.until,
            ...(call.routes.some((route) => route.trunk === event.trunk && route.connected) && { connected: true }),
          },
        ],
      };
    case 'route.dialled':
      return {
        ...(call.stage.at === 'routing' && call.stage.leg === null
          ? { stage: { ...call.stage, leg: event.leg, until: event.until } }
          : {}),
        routes: withDialled(call, event),
      };
    case 'route.connected':
      return {
        routes: call.routes.map((route) => (route.trunk === event.trunk ? { ...route, connected: true } : route)),
      };
    case 'route.left':
      return { routes: withoutRoute(call, event) };
    case 'phone.rung':
      if (call.stage.at === 'ivr') return {};
      return {
        stage: { at: 'ringing', served: event.served, leg: event.leg, extension: event.extension, until: event.until },
        forwards: event.forwards,
      };
    case 'call.arriving':
      return { arrivingUntil: event.until };
    case 'call.talking':
      return { stage: { at: 'talking', legs: event.legs } };
    case 'transfer.started':
      return event.leg === null || event.until === null
        ? {}
        : {
            consultation: {
              by: event.by,
              party: event.party,
              leg: event.leg,
              kind: event.kind,
              to: event.to,
              until: event.until,
            },
          };
    case 'transfer.completed':
      return { consultation: null, ...stageAfterTransfer(call, event.at) };
    case 'transfer.cancelled':
      return { consultation: null };
    case 'recording.started':
      return { recording: event.recording };
    case 'recording.stopped':
      return { recording: null };
    case 'call.ending':
      return { stage: { at: 'ending', outcome: event.outcome } };
    case 'call.ended':
      return { stage: { at: 'ended', outcome: event.outcome } };
    default:
      return event satisfies never;
  }
}

function withLeg(call: Call, id: LegId, change: (leg: Leg) => Partial<Leg>): Partial<Call> {
  return { legs: call.legs.map((leg) => (leg.id === id ? { ...leg, ...change(leg) } : leg)) };
}

type Queued = Extract<Stage, { at: 'queued' }>;
function inQueue(call: Call, change: (stage: Queued) => Partial<Queued>): Partial<Call> {
  return call.stage.at === 'queued' ? { stage: { ...call.stage, ...change(call.stage) } } : {};
}

/** Completed while the asked party still rings: from now on it rings for the one who waits. */
function stageAfterTransfer(call: Call, at: Instant): { stage?: Stage } {
  const consulted = call.consultation;
  const leg = consulted && legOf(call, consulted.leg);
  if (!leg || leg.state === 'answered') return {};
  const { party: served, until, to } = consulted;
  if (leg.party.kind !== 'external') {
    return { stage: { at: 'ringing', served, leg: leg.id, extension: leg.party.extension, until } };
  }
  const { trunk } = leg.party;
  return trunk === null ? {} : { stage: { at: 'routing', served, trunk, to, since: at, leg: leg.id, until } };
}

/** The first that waits for that trunk has its channel. */
function withDialled(call: Call, { trunk, leg, until }: EventOf<'route.dialled'>): Route[] {
  const at = call.routes.findIndex((route) => route.leg === null && route.trunk === trunk);
  return call.routes.map((route, index) => (index === at ? { ...route, leg, until } : route));
}

/** Without the route that this leg is on; null: those that still wait for that trunk. */
function withoutRoute(call: Call, { trunk, leg }: EventOf<'route.left'>): Route[] {
  return call.routes.filter((route) => route.leg !== leg || (leg === null && route.trunk !== trunk));
}

type EventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>;

/** Beyond what it does to the stage. */
function changeByIvr(call: Call, event: IvrEvent): Partial<Call> {
  switch (event.type) {
    case 'ivr.entered': {
      const served = asKey<LegId>(event.caller.legId);
      return { stage: { at: 'ivr', served, run: evolveRun(null, event, event.at), targets: [], heard: null } };
    }
    case 'ivr.caller_id_set':
      return { shownAs: { number: event.number, name: event.name === '' ? null : event.name } };
    case 'ivr.left': {
      if (call.stage.at !== 'ivr') return {};
      const { earlier, rounds, variables } = call.stage.run;
      // Between two stages: the same decision leads it on, or ends it.
      return { stage: { at: 'arriving' }, ivrs: { count: earlier.count + 1, rounds, variables } };
    }
    default:
      return {};
  }
}

/** Who calls, as the called are shown him. */
export function shownCaller({ shownAs, from }: Call): { number: string; name: string | null } {
  return shownAs ?? from;
}

export function legOf(call: Call, id: LegId): Leg | undefined {
  return call.legs.find((leg) => leg.id === id);
}

export function isOpen(leg: Leg): boolean {
  return leg.state !== 'closed';
}

/** Open, and not being hung up by us. */
export function isHere(leg: Leg | undefined): boolean {
  return leg !== undefined && isOpen(leg) && leg.release === null;
}

/** A party that was reached, or came by itself; not a phone that merely rings. */
export function isReached(call: Call, leg: Leg): boolean {
  return leg.state === 'answered' || (leg.side === 'caller' && call.arrivingUntil === null);
}

/** Something of it cannot be dialled yet. A consultation is never kept waiting. */
export function waitsForChannel({ stage, routes }: Call): boolean {
  return (stage.at === 'routing' || stage.at === 'ivr') && routes.some((route) => route.leg === null);
}
