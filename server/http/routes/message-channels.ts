import { Channel, ChannelChanges, ChannelInput, NewChannel } from '../../../contract/rest/message-channels.ts';
import { asId, type ChannelId } from '../../domain/ids.ts';
import { channels, type StoredChannel } from '../../store/message-channels.ts';
import type { Table } from '../../store/table.ts';
import type { App, RestParts } from '../app.ts';
import { supervisors } from '../auth.ts';
import { routeResource } from '../resource.ts';

export function channelRoutes(app: App, parts: RestParts): void {
  const { broadcasts } = parts;
  const shown = (channel: StoredChannel): Channel => {
    const { state, problem } = broadcasts.channelHealth(asId<ChannelId>(channel.id)) ?? { state: null, problem: null };
    return { ...channel, state, problem };
  };
  const shownOrNone = (channel: StoredChannel | undefined) => channel && shown(channel);
  const table: Table<Channel, ChannelInput> = {
    list: async (db, space, slice) => (await channels.list(db, space, slice)).map(shown),
    find: async (db, id) => shownOrNone(await channels.find(db, id)),
    insert: async (tx, space, input) => shown(await channels.insert(tx, space, input)),
    replace: async (tx, space, id, input) => shownOrNone(await channels.replace(tx, space, id, input)),
    remove: (tx, space, id) => channels.remove(tx, space, id),
  };
  routeResource(app, parts, {
    ...{ name: 'channels', table, readers: supervisors },
    schemas: { item: Channel, create: NewChannel, replace: ChannelInput, change: ChannelChanges },
    inputOf: ({ id: _id, space_id: _space, state: _state, problem: _problem, ...input }) => input,
    changed: async (space) => broadcasts.channelsChanged(space),
  });
}
