// When a failed push is tried again: the endpoint's own schedule to the millisecond, or the default with jitter.
import type { RetryConfig } from '../../contract/rest/endpoints.ts';
import { after, type Instant } from '../domain/ids.ts';

export interface RetryRules {
  enabled: boolean;
  /** null: the default schedule. */
  config: RetryConfig | null;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits after the first, second … failure: about 70 h in all. */
const defaultWaitsMs = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
  24 * HOUR,
];
const JITTER = 0.1;
const LONGEST_WAIT_MS = 30 * 24 * HOUR;
const LONGEST_RETRY_AFTER_MS = 24 * HOUR;

export interface Failure {
  /** Tries made so far, this one included. */
  tries: number;
  /** When the failed try began. */
  triedAt: Instant;
  now: Instant;
  /** What the receiver asked for; null: nothing. */
  retryAfterMs: number | null;
  rules: RetryRules;
  /** 0 to 1, exclusive. */
  chance: number;
}

/** null: it was the last try. */
export function nextTryAt({ tries, triedAt, now, retryAfterMs, rules, chance }: Failure): Instant | null {
  const waitMs = rules.enabled ? waitAfter(tries, rules.config, chance) : null;
  if (waitMs === null) return null;
  const asked = retryAfterMs === null ? now : after(now, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
  const due = after(triedAt, waitMs);
  return asked > due ? asked : due;
}

function waitAfter(tries: number, config: RetryConfig | null, chance: number): number | null {
  if (config) {
    if (tries > config.max_retries) return null;
    const factor = config.backoff_type === 'multiplier' ? config.backoff_value ** (tries - 1) : 1;
    return Math.min(config.retry_value * SECOND * factor, LONGEST_WAIT_MS);
  }
  const waitMs = defaultWaitsMs[tries - 1];
  return waitMs === undefined ? null : waitMs * (1 + JITTER * (2 * chance - 1));
}

/** RFC 9110 §10.2.3: seconds, or a date. null: absent or neither. */
export function retryAfterMs(header: string | string[] | undefined, now: Instant): number | null {
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined) return null;
  if (/^\d+$/.test(value.trim())) return Number(value) * SECOND;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
