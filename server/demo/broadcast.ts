// The demo's broadcast: an SMS by a sandbox channel, to contacts of whom some write back and one cannot be reached. Its
// reports land in the built-in inbox.
import { BroadcastInput } from '../../contract/rest/broadcasts.ts';
import { ChannelInput } from '../../contract/rest/message-channels.ts';
import { asKey, type BroadcastId, type SpaceId } from '../domain/ids.ts';
import type { BroadcastDesk } from '../flows/broadcasts/desk.ts';
import type { Database, Transaction } from '../platform/db.ts';
import { insertBroadcast, listBroadcasts } from '../store/broadcasts.ts';
import { idsAt } from '../store/bulk-import.ts';
import { importContacts } from '../store/contact-import.ts';
import { channels } from '../store/message-channels.ts';

const name = 'Appointments of tomorrow';
const text = 'Bonjour {{name}}, your appointment is tomorrow at {{time}}. Reply Ok to confirm, STOP to hear no more.';

/** Their last two digits say what becomes of the message: 11 writes back, 13 cannot be reached. */
const contacts = [
  { address: '+33612345811', refExterne: 'A-1001', fields: { name: 'Agnès', time: '09:00' } },
  { address: '+33612345912', refExterne: 'A-1002', fields: { name: 'Hugo', time: '09:30' } },
  { address: '+48601234811', refExterne: 'A-1003', fields: { name: 'Łukasz', time: '10:15' } },
  { address: '+33612345813', refExterne: 'A-1004', fields: { name: 'Nadia', time: '11:00' } },
  { address: '+442071234812', refExterne: 'A-1005', fields: { name: 'Oliver', time: '14:45' } },
];

export async function insertDemoBroadcast(tx: Transaction, space: SpaceId, now: number): Promise<void> {
  await channels.insert(tx, space, ChannelInput.parse({ media: 'sms', type: 'sandbox', name: 'Sandbox SMS' }));
  const input = BroadcastInput.parse({ media: 'sms', name, text, from: '38000', rate_per_s: 1 });
  await insertBroadcast(tx, space, { id: idsAt(now)(), at: now }, input);
}

/** Once: filled and started while it is a draft without contacts, as the first start has left it. */
export async function startDemoBroadcast(
  { db, desk, now }: { db: Database; desk: BroadcastDesk; now: number },
  space: SpaceId,
): Promise<void> {
  const drafts = await listBroadcasts(db, space, { after: '', limit: 100, state: 'draft', media: 'sms' });
  const id = drafts.find((one) => one.name === name)?.id;
  if (id === undefined) return;
  await importContacts(db, { space, broadcast: id, media: 'sms' }, now, async function* ({ columns, isNew }) {
    const accepted = contacts.filter(({ address }) => isNew(address));
    for (const { fields } of accepted) {
      for (const column of Object.keys(fields)) columns.set(column, (columns.get(column) ?? 0) + 1);
    }
    const rows = accepted.map((contact) => ({ ...contact, fields: JSON.stringify(contact.fields), priority: 200 }));
    yield { accepted: rows, refused: [] };
  });
  await desk.start(space, asKey<BroadcastId>(id));
}
