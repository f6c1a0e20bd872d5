// What must be true of a campaign's calls, whatever has been killed: of the dials that the telephone network has seen, and
// of what the customer's server has received, against the journal and the requests in PostgreSQL.
import type { DialogBody } from '../contract/dialogs.ts';
import type { Received } from '../server/delivery/testing/receiver.ts';
import { type Event, isCallEvent } from '../server/domain/events.ts';
import type { CallId } from '../server/domain/ids.ts';
import { bodyOfRequest } from '../server/projections/dialogs/request-bodies.ts';
import { toldOf } from '../server/projections/dialogs/testing/told.ts';
import { databaseIn } from './journal-check.ts';

interface RequestRow {
  id: string;
  /** E.164 digits; each request has another one. */
  number: string;
  /** Begun, whether or not a call came of them. */
  attempts: number;
  outcomes: Record<string, number>;
}

export interface CampaignStory {
  events: Event[];
  requests: RequestRow[];
}

/** Read from the embedded PostgreSQL in that home, which must be up. */
export async function campaignStory(home: string): Promise<CampaignStory> {
  const database = await databaseIn(home);
  try {
    const events = await database.query<{ event: Event }>('select event from journal_events order by space_id, seq');
    const requests = await database.query<RequestRow>(
      'select id, number, attempt as attempts, outcomes from campaign_requests',
    );
    return { events: events.rows.map(({ event }) => event), requests: requests.rows };
  } finally {
    await database.close();
  }
}

/** A sentence for each fault. `dialled`: the numbers of all calls that have reached the network. */
export function dialFaults({ events, requests }: CampaignStory, dialled: readonly string[]): string[] {
  const faults: string[] = [];
  for (const { id, number, attempts, outcomes } of requests) {
    const calls = events.flatMap((event) =>
      event.type === 'call.created' && event.campaign?.request.id === id ? [event.call] : [],
    );
    const ofThem = (type: Event['type']) =>
      calls.map(
        (call) => events.filter((event) => event.type === type && 'call' in event && event.call === call).length,
      );
    const dials = ofThem('route.dialled');
    if (dials.some((times) => times > 1)) faults.push(`${number}: dialled twice in one call`);
    const intended = dials.reduce((sum, times) => sum + times, 0);
    const reached = dialled.filter((one) => one === number).length;
    if (reached > intended) faults.push(`${number}: the network was called ${reached} times, ${intended} were meant`);
    const talks = ofThem('call.talking').filter((times) => times > 0).length;
    if (reached < talks) faults.push(`${number}: ${talks} talks, but the network was called ${reached} times`);
    const lost = attempts - calls.length;
    if (lost < 0) faults.push(`${number}: ${calls.length} calls in ${attempts} attempts`);
    if ((outcomes['failed'] ?? 0) < lost) faults.push(`${number}: ${lost} lost attempts have not failed`);
  }
  return faults;
}

/** A sentence for each fault: something missing, made up, out of its call's order, or come again after a later one. */
export function toldFaults(events: readonly Event[], received: readonly Received[]): string[] {
  const expected = bodiesByKey(events);
  const keyOf = new Map([...expected].flatMap(([key, bodies]) => bodies.map((body) => [body, key] as const)));
  const arrived = new Map<string, { id: string; body: string }[]>();
  const faults: string[] = [];
  for (const { headers, body } of received) {
    const key = keyOf.get(body);
    if (key === undefined) faults.push(`made up: ${body.slice(0, 200)}`);
    else arrived.set(key, [...(arrived.get(key) ?? []), { id: headers['webhook-id']!, body }]);
  }
  for (const [key, bodies] of expected) {
    const once = (arrived.get(key) ?? []).filter(({ id }, at, all) => all[at - 1]?.id !== id);
    const told = once.map(({ body }) => body);
    if (JSON.stringify(told) !== JSON.stringify(bodies)) {
      faults.push(`${key}: ${namesIn(told)} instead of ${namesIn(bodies)}`);
    }
  }
  return faults;
}

/** How many bodies there are to tell. */
export function toldCount(events: readonly Event[]): number {
  return [...bodiesByKey(events).values()].reduce((sum, bodies) => sum + bodies.length, 0);
}

/** By the call, or the request if it was never called: what leaves one after the other. */
function bodiesByKey(events: readonly Event[]): Map<string, string[]> {
  const bodies = new Map<string, string[]>();
  const add = (key: string, body: DialogBody) => bodies.set(key, [...(bodies.get(key) ?? []), JSON.stringify(body)]);
  const calls = Map.groupBy(events.filter(isCallEvent), ({ call }) => call as CallId);
  for (const [call, ofCall] of calls) for (const body of toldOf(ofCall)) add(call, body);
  for (const event of events) {
    if (event.type !== 'request.closed' && event.type !== 'request.consultant_retry') continue;
    add(
      event.about.lastCall ?? event.request,
      bodyOfRequest(event, (call) => `recording of ${call}`),
    );
  }
  return bodies;
}

const namesIn = (bodies: readonly string[]) =>
  bodies
    .map((body) => JSON.parse(body) as { event_name: string; state?: string })
    .map(({ event_name, state }) => (state === undefined ? event_name : `${event_name} ${state}`))
    .join(', ');
