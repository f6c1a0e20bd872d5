// Reads back from Asterisk what lives, when we come (back) to it: calls survive a restart of ours.
import { AriRefusal, type AriClient } from './ari-client.ts';
import type { Bridge as AriBridge, Channel } from './ari-types.gen.ts';
import type { Calls } from './calls.ts';
import { variables } from './dialplan.ts';
import { bridgeIdOf, bridgeNameOf, isHeldByUs, isPlaced, legOfChannel } from './translate.ts';

/**
 * Fills `calls`. `announced`: channels whose arrival is still to be told, and that are no running legs therefore.
 * Channels that nobody has called yet (Asterisk does not say whether we were to dial them) are ended.
 */
export async function takeOver(ari: AriClient, calls: Calls, announced: () => ReadonlySet<string>): Promise<void> {
  const [{ asterisk_id: asteriskId }, channels, bridges] = await Promise.all([
    ari.request('GET /asterisk/ping'),
    ari.request('GET /channels'),
    ari.request('GET /bridges'),
  ]);
  const ours = channels.filter((channel) => isHeldByUs(channel) && !announced().has(channel.id));
  for (const channel of ours) {
    if (channel.state === 'Down')
      await ifItLives(ari.request('DELETE /channels/{channelId}', { path: { channelId: channel.id } }));
    else addLeg(calls, channel, asteriskId);
  }
  for (const bridge of bridges) addMembers(calls, bridge);
  const names = new Set(bridges.flatMap(({ id }) => bridgeNameOf(id) ?? []));
  await Promise.all(calls.living().map(({ leg }) => addHold(ari, calls, calls.leg(leg).channel, names)));
  const deserted = [...names].filter((name) => !calls.bridge(name));
  await Promise.all(
    deserted.map((name) =>
      ifItLives(ari.request('DELETE /bridges/{bridgeId}', { path: { bridgeId: bridgeIdOf(name) } })),
    ),
  );
}

function addLeg(calls: Calls, channel: Channel, asteriskId: string): void {
  const answered = channel.state === 'Up';
  calls.add({
    id: legOfChannel(channel.id, asteriskId),
    channel: channel.id,
    placed: isPlaced(channel),
    answered,
    rang: channel.state === 'Ringing',
    // Asterisk does not say; to end what does not play does no harm. In a bridge or on hold it is none of ours.
    music: answered,
  });
}

function addMembers(calls: Calls, { id, channels }: AriBridge): void {
  const name = bridgeNameOf(id);
  const members = channels.flatMap((channel) => calls.onChannel(channel) ?? []);
  if (name === null || members.length === 0) return;
  const bridge = calls.addBridge(name);
  for (const leg of members) {
    calls.join(leg, bridge);
    leg.music = false;
  }
}

/** A leg on hold waits outside its bridge. */
async function addHold(ari: AriClient, calls: Calls, channelId: string, bridges: ReadonlySet<string>): Promise<void> {
  const leg = calls.onChannel(channelId);
  if (!leg?.answered || leg.bridge) return;
  const note = await ifItLives(
    ari.request('GET /channels/{channelId}/variable', { path: { channelId }, query: { variable: variables.held } }),
  );
  const match = /^in (.*)$/.exec(note?.value ?? '');
  if (!match) return;
  leg.held = true;
  leg.music = false;
  const name = match[1]!;
  if (bridges.has(name)) calls.join(leg, calls.bridge(name) ?? calls.addBridge(name));
}

/** A channel may end while we look. */
async function ifItLives<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof AriRefusal && error.status === 404) return null;
    throw error;
  }
}
