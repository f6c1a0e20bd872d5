// The demo's campaign: a project, a consultant on a sandbox phone, some contacts, and an endpoint that leads into the
// built-in inbox, so that a newcomer reads the dialog webhooks of real calls without a server of his own.
import { CampaignInput } from '../../contract/rest/campaigns.ts';
import { EndpointInput } from '../../contract/rest/endpoints.ts';
import { NewRequest } from '../../contract/rest/requests.ts';
import { TrunkInput } from '../../contract/rest/trunks.ts';
import { INBOX_PATH } from '../delivery/delivery.ts';
import { newSecret } from '../delivery/signing.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Database, Transaction } from '../platform/db.ts';
import { listRequests } from '../store/campaign-requests.ts';
import { insertCampaign, listCampaigns } from '../store/campaigns.ts';
import { addSecret, endpoints } from '../store/endpoints.ts';
import { inboxTokenOf, openInbox } from '../store/inboxes.ts';
import { projects } from '../store/projects.ts';
import { idsAt } from '../store/bulk-import.ts';
import { importRequests } from '../store/request-import.ts';
import { trunks } from '../store/trunks.ts';

export const demoCampaign = 'Welcome calls';

/** Their last two digits say what they do: all of them answer, one is busy, one does not answer. */
const contacts = [
  { contact_number: '+33612345801', name: 'Agnès Lefèvre' },
  { contact_number: '+48601234801', name: 'Łukasz Żak' },
  { contact_number: '+33612345802', name: 'Hugo Petit' },
  { contact_number: '+33612345808', name: 'Chloé "Cléo" Bernard' },
  { contact_number: '+33612345803', name: 'Nadia Haddad' },
  { contact_number: '+442071234801', name: 'Oliver Smith' },
];

/** A consultant who is in no queue, and a trunk of its own: nobody else's calls keep the first one waiting. */
export async function insertDemoCampaign(
  tx: Transaction,
  space: SpaceId,
  consultant: number,
  now: number,
): Promise<void> {
  const project = await projects.insert(tx, space, { name: 'Welcome', presentation_number: '33140000002' });
  const trunk = await trunks.insert(tx, space, TrunkInput.parse({ name: 'Contacts', type: 'sandbox' }));
  const soon = { delay_s: 60, max: 100 };
  const retry = { no_answer: soon, busy: soon, rejected: soon, canceled: soon, failed: soon, retry: soon };
  const campaign = CampaignInput.parse({
    ...{ name: demoCampaign, project_id: project.id, dialing_method: 'PREVIEW', user_ids: [consultant] },
    ...{ trunk_id: trunk.id, ring_timeout_s: 10, state: 'running', retry: { ...retry, max_contact_tries: 100 } },
  });
  await insertCampaign(tx, space, { id: idsAt(now)(), at: now }, campaign);
}

/** undefined: somebody has deleted it. */
export async function demoCampaignOf(db: Database, space: SpaceId): Promise<string | undefined> {
  const all = await listCampaigns(db, space, { after: '', limit: 100, user: null });
  return all.find(({ name }) => name === demoCampaign)?.id;
}

/** Once: a campaign that has requests keeps them. */
export async function fillDemoCampaign(db: Database, space: SpaceId, campaign: string, now: number): Promise<void> {
  const place = { space, campaign };
  const some = await listRequests(db, place, { after: '', limit: 1, state: null, user: null });
  if (some.length > 0) return;
  const accepted = contacts.map((contact) => ({
    request: NewRequest.parse(contact),
    number: contact.contact_number.slice(1),
  }));
  const batches = async function* () {
    yield { accepted, refused: [] };
  };
  await importRequests(db, place, { now, priority: 200 }, batches());
}

/** On the first start the inbox is opened and its endpoints made; later ones follow the server to its new address.
 *  Resolves to the inbox's own. */
export async function leadIntoInbox(db: Database, space: SpaceId, origin: string): Promise<string> {
  return await db.transaction(async (tx) => {
    const known = await inboxTokenOf(tx, space);
    const url = `${origin}${INBOX_PATH}${known ?? (await openInbox(tx, space))}`;
    if (known === null) {
      for (const type of ['dialogs', 'reports']) {
        const { id } = await endpoints.insert(tx, space, EndpointInput.parse({ type, url }));
        await addSecret(tx, space, id, newSecret(), 0);
      }
    }
    for (const { id, space_id: _space, disabled_reason: _reason, ...endpoint } of await endpoints.list(tx, space, {
      ...{ after: 0, limit: 100 },
    })) {
      if (endpoint.url !== url && endpoint.url.endsWith(`${INBOX_PATH}${known}`)) {
        await endpoints.replace(tx, space, id, EndpointInput.parse({ ...endpoint, url }));
      }
    }
    return url;
  });
}
