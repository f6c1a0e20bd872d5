// Channels as they are opened, with their passwords: for the adapters only, never for an answer or a log.
import type { Media } from '../domain/contacts/events.ts';
import type { ChannelId, SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export interface ChannelSetup {
  id: ChannelId;
  space: SpaceId;
  media: Media;
  type: 'smpp' | 'mm7' | 'smtp' | 'sandbox';
  priority: number;
  /** Of what names no sender; null: the carrier's own. */
  sender: string | null;
  /** What its type needs to connect. */
  settings: unknown;
}

/** The enabled ones of all spaces. */
export async function channelSetups(db: Transaction): Promise<ChannelSetup[]> {
  const text = `select id, space_id as space, media, type, priority, settings->>'from' as sender, settings
                  from channels where enabled order by id`;
  return (await db.query<ChannelSetup>({ name: 'channels.setups', text })).rows;
}
