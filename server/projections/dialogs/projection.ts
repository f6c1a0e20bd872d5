// Follows the journal and puts the dialog webhooks into the outbox, in the transaction that moves its cursor: each body is
// written exactly once for each endpoint that wants it, whatever stops and starts.
import type { DialogBody } from '../../../contract/dialogs.ts';
import type { Outbox, Push } from '../../delivery/outbox.ts';
import { type CampaignEvent, type Event, isCallEvent, isCampaignEvent } from '../../domain/events.ts';
import type { CallId, Instant, SpaceId } from '../../domain/ids.ts';
import type { Follower, Recorded } from '../../journal/journal.ts';
import type { Transaction } from '../../platform/db.ts';
import { tell } from './bodies-of.ts';
import type { LiveCall } from './live-call.ts';
import { readLiveCalls, removeLiveCalls, writeLiveCalls } from './live-call-store.ts';
import { bodyOfRequest } from './request-bodies.ts';
import { digits } from './say.ts';
import { isWanted, type Subscriptions } from './subscriptions.ts';

export interface DialogEndpoint {
  id: number;
  subscriptions: Subscriptions | null;
}

export interface DialogsOptions {
  outbox: Outbox;
  /** Where a space's dialog webhooks go now. */
  endpoints: { of(space: SpaceId, type: 'dialogs'): readonly DialogEndpoint[] };
  /** Where the recording of a call is fetched. */
  recordingUrl: (call: CallId) => string;
}

/** A body and what the outbox has to know of it. `key`: all bodies of one call leave one after the other. */
interface Told extends Pick<Push, 'key' | 'call' | 'number' | 'occurredAt'> {
  body: DialogBody;
}

export class DialogsFollower implements Follower {
  readonly name = 'dialogs';
  readonly concerns = (event: Event): boolean => isCallEvent(event) || isCampaignEvent(event);
  readonly #options: DialogsOptions;
  /** Endpoints that the page of each space has written to, until it is committed. */
  readonly #written = new Map<SpaceId, Set<number>>();

  constructor(options: DialogsOptions) {
    this.#options = options;
  }

  async apply(tx: Transaction, events: readonly Recorded[]): Promise<void> {
    const [first] = events;
    if (!first) return;
    const { space } = first;
    const told = await this.#tellPage(
      tx,
      space,
      events.map(({ event }) => event),
    );
    const { outbox, endpoints } = this.#options;
    const pushes = told.length === 0 ? [] : pushesOf(space, told, endpoints.of(space, 'dialogs'));
    await outbox.add(tx, pushes);
    this.#written.set(space, new Set(pushes.map(({ endpoint }) => endpoint)));
  }

  committed([first]: readonly Recorded[]): void {
    if (!first) return;
    this.#options.outbox.wake(this.#written.get(first.space) ?? []);
    this.#written.delete(first.space);
  }

  async #tellPage(tx: Transaction, space: SpaceId, events: readonly Event[]): Promise<Told[]> {
    const ids = [...new Set(events.flatMap((event) => (isCallEvent(event) ? [event.call] : [])))];
    const calls = ids.length === 0 ? new Map<CallId, LiveCall>() : await readLiveCalls(tx, space, ids);
    const ended = new Set<CallId>();
    const told: Told[] = [];
    for (const event of events) {
      if (isCampaignEvent(event)) told.push(this.#tellRequest(event));
      if (!isCallEvent(event)) continue;
      const { call, bodies } = tell(calls.get(event.call), event);
      if (!call) continue;
      calls.set(event.call, call);
      if (event.type === 'call.ended') ended.add(event.call);
      told.push(...bodies.map((body) => toldOfCall(call, body, event.at)));
    }
    const live = [...calls.values()].filter(({ call }) => !ended.has(call));
    if (live.length > 0) await writeLiveCalls(tx, space, live);
    if (ended.size > 0) await removeLiveCalls(tx, space, [...ended]);
    return told;
  }

  #tellRequest(event: CampaignEvent): Told {
    const { lastCall, contact } = event.about;
    return {
      key: lastCall ?? event.request,
      call: lastCall,
      number: digits(contact.number),
      occurredAt: event.at,
      body: bodyOfRequest(event, this.#options.recordingUrl),
    };
  }
}

function toldOfCall(call: LiveCall, body: DialogBody, occurredAt: Instant): Told {
  return { key: call.call, call: call.call, number: outsideNumber(call), occurredAt, body };
}

/** What a delivery is searched by: the customer's number. */
function outsideNumber({ direction, from, to }: LiveCall): string | null {
  if (direction === 'internal') return null;
  return direction === 'inbound' ? from : to;
}

function pushesOf(space: SpaceId, told: readonly Told[], endpoints: readonly DialogEndpoint[]): Push[] {
  return told.flatMap(({ body, ...about }) => {
    const text = JSON.stringify(body);
    return endpoints
      .filter(({ subscriptions }) => isWanted(body, subscriptions))
      .map(({ id }) => ({
        space,
        endpoint: id,
        ...about,
        eventName: body.event_name,
        contentType: 'application/json',
        body: text,
      }));
  });
}
