// Whether phones are registered, asked of Asterisk's registrations themselves.
import { type AriClient, AriRefusal } from './ari-client.ts';

/** So many requests are under way at once: commands for calls wait behind them. */
const batch = 50;
const answering = new Set(['Reachable', 'NonQualified']);

/** Those of the user names that have a registration which answers. */
export async function registeredAmong(ari: AriClient, usernames: readonly string[]): Promise<string[]> {
  const registered: string[] = [];
  for (let at = 0; at < usernames.length; at += batch) {
    const some = usernames.slice(at, at + batch);
    const are = await Promise.all(some.map((username) => isRegistered(ari, username)));
    registered.push(...some.filter((_, index) => are[index]));
  }
  return registered;
}

async function isRegistered(ari: AriClient, username: string): Promise<boolean> {
  const contacts = (await valueOf(ari, `PJSIP_AOR(${username},contact)`))
    .split(',')
    .filter((contact) => contact !== '');
  for (const contact of contacts) {
    if (answering.has(await valueOf(ari, `PJSIP_CONTACT(${contact},status)`))) return true;
  }
  return false;
}

/** Empty when Asterisk has no such thing. */
async function valueOf(ari: AriClient, variable: string): Promise<string> {
  try {
    return (await ari.request('GET /asterisk/variable', { query: { variable } })).value;
  } catch (error) {
    if (error instanceof AriRefusal) return '';
    throw error;
  }
}
