// A client on a bad line: cut at random moments while calls go on, it always comes back with the last cpt it has seen.
import type { SpaceId } from '../../../domain/ids.ts';
import { queueCall, start } from '../../../projections/supervision/testing/stories.ts';
import { type ClientKind, connectClient } from './clients.ts';
import { agent } from './directory.ts';
import type { StreamServer } from './stream-server.ts';

/** Returns the cpts in the order in which the client got them, and how many frames there were. */
export async function cutOften(
  server: StreamServer,
  space: SpaceId,
  { kind, cuts }: { kind: ClientKind; cuts: number },
): Promise<{ got: number[]; frames: number }> {
  const session = await server.signIn(space);
  const got: number[] = [];
  const since = () => got.at(-1) ?? 0;
  let left = cuts;
  const happening = happenWhile(server, space, () => left > 0);
  for (; left > 0; left--) {
    const client = connectClient(server.url, { kind, session, since: since() });
    await client.received(1);
    await pause(Math.random() * 30);
    // The transport dies under it; what it has seen until then is what it goes on from.
    client.socket.io.engine.close();
    client.socket.off('update');
    got.push(...client.updates.map(({ cpt }) => cpt));
  }
  const frames = await happening;
  const client = connectClient(server.url, { kind, session, since: since() });
  await client.received(frames - since());
  got.push(...client.updates.map(({ cpt }) => cpt));
  client.close();
  return { got, frames };
}

/** Calls, one after the other with small pauses; returns how many frames they made. */
async function happenWhile(server: StreamServer, space: SpaceId, goesOn: () => boolean): Promise<number> {
  let calls = 0;
  while (goesOn()) {
    await server.happen(space, queueCall(++calls, agent, start));
    await pause(Math.random() * 6);
  }
  return calls * 6;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
