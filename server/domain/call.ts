// One call as the rules see it, folded from its events. Stages:
//
//   arriving ──► queued ──► talking ──► ending ──► ended
//      │           ▲ │         │ ▲
//      ├──► ringing┘ │         │ │   a transfer starts over at queued, ringing or routing
//      └──► routing ─┴─────────┘─┘   with the party that stays
import type { CampaignCall } from './campaign-call.ts';
import type { CallEvent, CallOrigin, CallOutcome, CloseCause, Direction, Party, TransferType } from './events.ts';
import type { CallId, ExtensionId, Instant, LegId, QueueId, TrunkId, UserId } from './ids.ts';

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
  | { at: 'talking'; legs: LegId[] }
  | { at: 'ending'; outcome: CallOutcome }
  | { at: 'ended'; outcome: CallOutcome };

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
  routes: readonly { trunk: TrunkId; leg: LegId | null }[];
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
    recording: null,
    firstTalkAt: null,
    talkMs: null,
    forwards: 0,
  };
}

/** The call after the event; total over every event of a call's stream. */
export function evolveCall(call: Call, event: CallEvent): Call {
  return { ...call, ...changeOf(call, event), version: call.version + 1 };
}

function changeOf(call: Call, event: CallEvent): Partial<Call> {
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
        routes: [...call.routes, { trunk: event.trunk, leg: null }],
      };
    case 'route.dialled':
      return {
        ...(call.stage.at === 'routing' && call.stage.leg === null
          ? { stage: { ...call.stage, leg: event.leg, until: event.until } }
          : {}),
        routes: [...call.routes.filter((route) => route.leg !== null), { trunk: event.trunk, leg: event.leg }],
      };
    case 'route.connected':
      return {};
    case 'route.left':
      return { routes: withoutRoute(call, event.leg) };
    case 'phone.rung':
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

/** Without the route that this leg is on; null: the one that still waits for a channel. */
function withoutRoute(call: Call, leg: LegId | null): Call['routes'] {
  return call.routes.filter((route) => route.leg !== leg);
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
