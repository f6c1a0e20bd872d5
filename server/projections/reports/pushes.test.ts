import { expect, test } from 'vitest';
import { asId, type SpaceId } from '../../domain/ids.ts';
import type { ContactEvent } from '../../domain/contacts/events.ts';
import { changesOfPage } from './page.ts';
import { pushesOf, type ReportsEndpoint } from './pushes.ts';
import { AttemptStory } from './testing/attempts.ts';

const space = asId<SpaceId>(1);
const endpoint = (maxItems: number): ReportsEndpoint => ({
  ...{ id: 1, format: 'json', statusList: 'latest', extended: true, maxItems },
});

/** The documents of 400 messages whose ids are so far apart. */
function documents(apart: number, maxItems: number) {
  const stories = Array.from({ length: 400 }, (_, index) => new AttemptStory(1 + apart * index));
  const page: ContactEvent[] = stories.flatMap((story) => [story.begun(), story.sent(1), story.received(2)]);
  const versions = page.map((event, index) => ({ event, version: (index % 3) + 1 }));
  return pushesOf(space, changesOfPage(new Map(), versions).told, [endpoint(maxItems)]);
}

test.each([1, 2, 3, 4, 16])('messages with ids %i apart share the lanes of an endpoint about evenly', (apart) => {
  for (const maxItems of [2, 10, 50]) {
    const perLane = new Map<string, number>();
    for (const { key, about = [] } of documents(apart, maxItems)) {
      perLane.set(key, (perLane.get(key) ?? 0) + about.length);
    }
    expect(perLane.size).toBe(Math.min(16, 100 / maxItems));
    expect(Math.max(...perLane.values())).toBeLessThanOrEqual((2 * 800) / perLane.size);
  }
});

test('the reports of a message share a lane, in their order', () => {
  const documentsOf = new Map<string, string[]>();
  for (const { key, about = [] } of documents(1, 10)) {
    for (const attempt of about) documentsOf.set(attempt, [...(documentsOf.get(attempt) ?? []), key]);
  }
  expect(documentsOf.size).toBe(400);
  for (const keys of documentsOf.values()) expect(keys).toEqual([keys[0], keys[0]]);
});
