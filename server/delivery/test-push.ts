// A push that only says that it is one: it takes the way of all others, and whoever asked for it learns what came of it.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestResult } from '../../contract/rest/deliveries.ts';
import type { Instant } from '../domain/ids.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import { sampleReport } from '../projections/reports/sample.ts';
import type { EndpointSettings } from '../store/endpoint-registry.ts';
import { findDelivery } from './deliveries.ts';
import type { Outbox } from './outbox.ts';

/** A little more than a request may take. */
const LONGEST_WAIT_MS = 17_000;
const LOOK_EVERY_MS = 50;

/** What a report says of its space. */
export interface SpaceInReports {
  username: string;
  timeZone: string;
}

export async function pushTest(
  parts: { db: Database; outbox: Outbox; clock: Clock },
  endpoint: EndpointSettings,
  about: SpaceInReports,
): Promise<TestResult> {
  const { db, outbox, clock } = parts;
  const { id, space } = endpoint;
  const occurredAt = clock.now();
  const [pushId] = await db.transaction((tx) =>
    outbox.add(tx, [
      {
        space,
        endpoint: id,
        key: `test ${randomUUID()}`,
        call: null,
        number: null,
        eventName: 'test',
        occurredAt,
        ...testEvent(endpoint, about, occurredAt),
      },
    ]),
  );
  outbox.wake([id]);
  const limit = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const delivery = (await findDelivery(db, pushId!))!;
    const tried = delivery.tries.at(-1);
    if (tried || performance.now() > limit) {
      const { status = null, ms = null, answer = null, error = null } = tried ?? {};
      return { delivery_id: delivery.id, state: delivery.state, status, ms, answer, error };
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** Of reports a well-formed one, so that whatever reads them can be tried. */
function testEvent(endpoint: EndpointSettings, about: SpaceInReports, at: Instant) {
  if (endpoint.type === 'reports') return sampleReport({ space: endpoint.space, ...about, at }, endpoint);
  const event_time = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  return {
    contentType: 'application/json',
    body: JSON.stringify({ event_type: 'test', event_name: 'test', event_time }),
  };
}
