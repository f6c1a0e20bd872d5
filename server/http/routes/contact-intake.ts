// Contacts come into a broadcast: an array, or a file of a million.
import { BroadcastPath } from '../../../contract/rest/broadcasts.ts';
import { HexId } from '../../../contract/rest/campaigns.ts';
import { pageOf, SpaceQuery } from '../../../contract/rest/common.ts';
import { Contact, ContactImport, ContactQuery } from '../../../contract/rest/contacts.ts';
import { hoursOfBroadcast } from '../../flows/broadcasts/check.ts';
import { importContacts } from '../../store/contact-import.ts';
import { listContacts } from '../../store/contacts.ts';
import type { App, RestParts } from '../app.ts';
import { requireSameSpace, supervisors } from '../auth.ts';
import { openBroadcastOf } from '../broadcast-access.ts';
import { contactReader, type ContactRules } from '../imports/contact-rows.ts';
import { refusalRoute } from '../imports/refusals.ts';
import { acceptFiles, mostJsonBytes, rowsOf, uploadOf, withoutBody } from '../imports/uploads.ts';
import { noteAsked } from '../note-asked.ts';
import { pageOfItems, readCursor } from '../paging.ts';

const tags = ['broadcasts'];
const path = '/broadcasts/:id/contacts';
const access = supervisors;

/** Registered apart, for here alone a body may be CSV or NDJSON. */
export function contactIntakeRoutes(app: App, parts: RestParts): void {
  const { db, clock, broadcasts } = parts;
  acceptFiles(app);

  app.post(
    path,
    {
      config: { access },
      bodyLimit: mostJsonBytes,
      schema: {
        tags,
        description:
          'A JSON array, or one contact; CSV with a header (`text/csv`), or NDJSON (`application/x-ndjson`). `to` is needed; ' +
          '`ref_externe` and `priority` are known; any other column is for `{{column}}` in texts. An import is kept as a whole ' +
          'or not at all; rows that are refused, doubled ones among them, are left out and told.',
        params: BroadcastPath,
        querystring: SpaceQuery,
        response: { 201: ContactImport },
      },
    },
    async (request, reply) => {
      const { space, settings, id, checked } = await openBroadcastOf(parts, request);
      requireSameSpace(space, request.query.space_id);
      const { media } = checked;
      const upload = uploadOf(request, clock);
      const now = clock.now();
      const mayContact = await hoursOfBroadcast(db, checked, settings);
      let outside_hours = 0;
      const rules: ContactRules = {
        ...{ media, country: settings.country },
        isOpen: (address) => mayContact(address, now).ok,
        outsideHours: () => void outside_hours++,
      };
      const done = await importContacts(db, { space, broadcast: id, media }, now, (intake) =>
        rowsOf(upload, contactReader(rules, intake)),
      );
      broadcasts.wake();
      const what = { action: 'import', resource: 'broadcasts', resourceId: id };
      await noteAsked(parts, withoutBody(request), space, what);
      reply.code(201);
      return { ...done, outside_hours };
    },
  );

  app.get(
    path,
    {
      config: { access },
      schema: { tags, params: BroadcastPath, querystring: ContactQuery, response: { 200: pageOf(Contact) } },
    },
    async (request) => {
      const { space, id } = await openBroadcastOf(parts, request);
      const { limit, cursor, state, space_id } = request.query;
      requireSameSpace(space, space_id);
      const after = readCursor(HexId, cursor) ?? '';
      const contacts = await listContacts(db, space, id, { after, limit: limit + 1, state: state ?? null });
      return pageOfItems(contacts, limit, (last) => last.id);
    },
  );

  refusalRoute(app, db, {
    tag: 'broadcasts',
    owners: 'broadcasts',
    async ownerOf(request) {
      const { space, id } = await openBroadcastOf(parts, request);
      return { space, owner: id };
    },
  });
}
