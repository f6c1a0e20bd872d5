import { expect, test } from 'vitest';
import { newAttemptId } from './ids.ts';

test('ids are 24 hex digits that begin with their second, all different', () => {
  const at = Date.UTC(2026, 10, 20, 16, 30, 1);
  const ids = Array.from({ length: 20_000 }, () => newAttemptId(at));
  expect(new Set(ids).size).toBe(20_000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{24}$/);
  expect(Number.parseInt(ids[0]!.slice(0, 8), 16)).toBe(at / 1_000);
});

test('those of a second stand in the order in which they were made', () => {
  const ids = Array.from({ length: 1_000 }, () => newAttemptId(1_000));
  // The count starts anywhere and may begin anew once.
  const steps = ids.slice(1).filter((id, index) => id < ids[index]!);
  expect(steps.length).toBeLessThanOrEqual(1);
});
