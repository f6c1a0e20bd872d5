import { expect, test } from 'vitest';
import { KnownAttempts } from './known-attempts.ts';
import { attemptAfter } from './attempt-history.ts';
import { AttemptStory, attemptId, facts, start, unmatchedReply } from './testing/attempts.ts';

const sms = new AttemptStory(1);
const begun = { id: attemptId(1), about: facts(1), begunAt: start, status: null, statuses: [], version: 1 } as const;
const sent = attemptAfter(begun, sms.sent(1), 2)!.attempt;

test('an attempt is known where the next event of it follows', () => {
  const known = new KnownAttempts();
  known.keep([begun]);
  expect(known.before([{ event: sms.sent(1), version: 2 }])).toEqual(new Map([[begun.id, begun]]));
  known.keep([sent]);
  const page = [
    { event: unmatchedReply(1), version: 1 },
    { event: sms.received(2), version: 3 },
    { event: sms.answered(3, 'Ok'), version: 4 },
  ];
  expect(known.before(page)).toEqual(new Map([[sent.id, sent]]));
});

test('what another process has written since is not taken for it, nor what was rolled back', () => {
  const known = new KnownAttempts();
  known.keep([sent]);
  expect(known.before([{ event: sms.answered(3, 'Ok'), version: 4 }])).toEqual(new Map());
  expect(known.before([{ event: sms.sent(1), version: 2 }])).toEqual(new Map());
});
