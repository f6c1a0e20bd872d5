// Reads back from Asterisk what lives, when we come (back) to it: calls survive a restart of ours.
import { AriRefusal, type AriClient } from './ari-client.ts';
import type { Bridge as AriBridge, Channel } from './ari-types.gen.ts';
import type { Bridge, Calls } from './calls.ts';
import { variables } from './dialplan.ts';
import { bridgeNameOf, isHeldByUs, isPlaced, legOfChannel } from './translate.ts';

/**
 * Fills `calls`. `announced`: channels whose arrival is still to be told, and that are no running legs therefore.
 * Channels that nobody has called yet (Asterisk does not say whether we were to dial them) are ended. One whose party
 * sends early media looks the same, but is in a bridge if anybody hears it.
 */
export async function takeOver(ari: AriClient, calls: Calls, announced: () => ReadonlySet<string>): Promise<void> {
  const [{ asterisk_id: asteriskId }, channels, bridges] = await Promise.all([
    ari.request('GET /asterisk/ping'),
    ari.request('GET /channels'),
    ari.request('GET /bridges'),
  ]);
  const ours = channels.filter((channel) => isHeldByUs(channel) && !announced().has(channel.id));
  const named = bridges.flatMap(ourBridge);
  const bridged = new Set(named.flatMap(({ channels: members }) => members));
  for (const channel of ours) {
    if (channel.state === 'Down' && !bridged.has(channel.id))
      await ifItLives(ari.request('DELETE /channels/{channelId}', { path: { channelId: channel.id } }));
    else addLeg(calls, channel, asteriskId);
  }
  for (const bridge of named) addMembers(calls, bridge);
  await Promise.all(calls.living().map(({ leg }) => addHold(ari, calls, calls.leg(leg).channel, named)));
  const deserted = named.filter(({ id, name }) => calls.bridge(name)?.id !== id);
  await Promise.all(
    deserted.map(({ id }) => ifItLives(ari.request('DELETE /bridges/{bridgeId}', { path: { bridgeId: id } }))),
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

type NamedBridge = Pick<Bridge, 'id' | 'name'> & Pick<AriBridge, 'channels'>;

function ourBridge({ id, name: label, channels }: AriBridge): NamedBridge[] {
  const name = bridgeNameOf(label);
  return name === null ? [] : [{ id, name, channels }];
}

function addMembers(calls: Calls, { id, name, channels }: NamedBridge): void {
  const members = channels.flatMap((channel) => calls.onChannel(channel) ?? []);
  if (members.length === 0) return;
  const bridge = calls.addBridge({ id, name });
  for (const leg of members) {
    calls.join(leg, bridge);
    leg.music = false;
    // Nothing else brings a leg into a bridge before its answer.
    leg.earlyMedia = !leg.answered;
  }
}

/** A leg on hold waits outside its bridge. */
async function addHold(
  ari: AriClient,
  calls: Calls,
  channelId: string,
  bridges: readonly NamedBridge[],
): Promise<void> {
  const leg = calls.onChannel(channelId);
  if (!leg?.answered || leg.bridge) return;
  const note = await ifItLives(
    ari.request('GET /channels/{channelId}/variable', { path: { channelId }, query: { variable: variables.held } }),
  );
  const match = /^in (.*)$/.exec(note?.value ?? '');
  if (!match) return;
  leg.held = true;
  leg.music = false;
  const bridge = bridges.find(({ name }) => name === match[1]);
  if (bridge) calls.join(leg, calls.bridge(bridge.name) ?? calls.addBridge(bridge));
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
