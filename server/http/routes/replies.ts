import { z } from 'zod';
import { HexId } from '../../../contract/rest/campaigns.ts';
import { Moment, pageOf } from '../../../contract/rest/common.ts';
import { Reply, ReplyQuery } from '../../../contract/rest/replies.ts';
import { addressOf } from '../../domain/contacts/address.ts';
import { listReplies } from '../../store/replies.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, spaceToList, supervisors } from '../auth.ts';
import { pageOfItems, readCursor } from '../paging.ts';

const Position = z.tuple([Moment, HexId]);

export function replyRoutes(app: App, { db, directories }: RestParts): void {
  app.get(
    '/replies',
    {
      config: { access: supervisors },
      schema: {
        tags: ['replies'],
        description: 'What contacts have written, newest first, also what answers nothing that was sent.',
        ...{ querystring: ReplyQuery, response: { 200: pageOf(Reply) } },
      },
    },
    async (request) => {
      const { limit, cursor, space_id, matched, from, broadcast_id, channel_id } = request.query;
      const space = spaceToList(callerOf(request), space_id, directories);
      const [at, id] = readCursor(Position, cursor) ?? [];
      const countries = (space === null ? directories.spaces() : [space]).map(
        (one) => directories.of(one)?.space.country ?? '',
      );
      const replies = await listReplies(db, space, {
        before: at === undefined || id === undefined ? null : { at, id },
        limit: limit + 1,
        matched: matched === undefined ? null : matched === 'true',
        from: from === undefined ? null : countries.map((country) => addressOf(from, 'sms', country) ?? from),
        channel: channel_id ?? null,
        broadcast: broadcast_id ?? null,
      });
      return pageOfItems(replies, limit, (last) => [last.at, last.id]);
    },
  );
}
