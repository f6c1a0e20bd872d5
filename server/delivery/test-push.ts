// A push that only says that it is one: it takes the way of all others, and whoever asked for it learns what came of it.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestResult } from '../../contract/rest/deliveries.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { EndpointSettings } from '../store/endpoint-registry.ts';
import { findDelivery } from './deliveries.ts';
import type { Outbox } from './outbox.ts';

/** A little more than a request may take. */
const LONGEST_WAIT_MS = 17_000;
const LOOK_EVERY_MS = 50;

export async function pushTest(
  parts: { db: Database; outbox: Outbox; clock: Clock },
  { id, space, format }: EndpointSettings,
): Promise<TestResult> {
  const { db, outbox, clock } = parts;
  const occurredAt = clock.now();
  const time = new Date(occurredAt).toISOString().slice(0, 19).replace('T', ' ');
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
        contentType: format === 'xml' ? 'application/xml' : 'application/json',
        body:
          format === 'xml'
            ? `<?xml version="1.0" encoding="UTF-8"?>\n<test time="${time}"/>\n`
            : JSON.stringify({ event_type: 'test', event_name: 'test', event_time: time }),
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
