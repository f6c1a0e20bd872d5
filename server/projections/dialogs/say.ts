// How moments and numbers are written in the bodies of the webhooks.
import type { Instant } from '../../domain/ids.ts';

/** `YYYY-MM-DD HH:mm:ss` in UTC. */
export function utc(at: Instant): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

/** Digits without plus; `*` and `#` of internal numbers stay. null: withheld, or a name and no number. */
export function digits(number: string): string | null {
  const bare = number.replace(/[+\s().-]/g, '');
  return /^[0-9*#]+$/.test(bare) ? bare : null;
}
