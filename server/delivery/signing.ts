// Standard Webhooks (standardwebhooks.com): the receiver proves that a push is ours, whole and of now.
import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

export const newSecret = (): string => PREFIX + randomBytes(32).toString('base64');

/** A header value: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, one for each secret, separated by blanks. */
export function signatureOf(id: string, timestampS: number, body: string, secrets: readonly string[]): string {
  const signed = `${id}.${timestampS}.${body}`;
  return secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`).join(' ');
}

const keys = new Map<string, KeyObject>();
const MOST_KEYS = 10_000;

/** Made once a secret: to make it for each push takes four times as long as to sign. */
function keyOf(secret: string): KeyObject {
  let key = keys.get(secret);
  if (!key) {
    if (keys.size >= MOST_KEYS) keys.clear();
    key = createSecretKey(secret.slice(PREFIX.length), 'base64');
    keys.set(secret, key);
  }
  return key;
}
