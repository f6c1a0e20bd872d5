// The demo space of a new home: agents on phones that nobody holds, a queue, a sandbox trunk, a supervisor, and one real
// phone whose credentials a newcomer puts into his softphone.
import { randomBytes } from 'node:crypto';
import { ExtensionInput } from '../../contract/rest/extensions.ts';
import { QueueInput } from '../../contract/rest/queues.ts';
import { SpaceInput } from '../../contract/rest/spaces.ts';
import { TrunkInput } from '../../contract/rest/trunks.ts';
import { NewUser } from '../../contract/rest/users.ts';
import type { Directory, Role } from '../domain/directory.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Database, Transaction } from '../platform/db.ts';
import { insertDemoBroadcast } from './broadcast.ts';
import { insertDemoCampaign } from './campaign.ts';
import { demoIvr } from './ivr.ts';
import { commitChange } from '../store/changes.ts';
import { extensions, renewSipAccess } from '../store/extensions.ts';
import { queues } from '../store/queues.ts';
import { insertSpace, nextSpaceId } from '../store/spaces.ts';
import { trunks } from '../store/trunks.ts';
import { users } from '../store/users.ts';

export const demo = {
  did: '33140000000',
  /** Leads to the IVR. */
  ivrDid: '33140000003',
  /** Leads out again by the trunk. */
  routeDid: '33140000009',
  supervisor: 'demo-supervisor',
  admin: 'demo-admin',
  yourAgent: 'demo-you',
  /** In no queue: she works the campaign off. */
  consultant: 'demo-nina',
} as const;

/** Shown once; the passwords are stored as hashes. */
export interface DemoAccess {
  space: SpaceId;
  supervisorPassword: string;
  adminPassword: string;
  phone: { number: string; username: string; password: string };
}

const people = [
  { username: 'demo-ana', firstname: 'Ana', surname: 'Moreau', number: '101' },
  { username: 'demo-pawel', firstname: 'Paweł', surname: 'Kowalski', number: '102' },
  { username: 'demo-irina', firstname: 'Irina', surname: 'Sokolova', number: '103' },
  { username: 'demo-sam', firstname: 'Sam', surname: 'Okafor', number: '104' },
] as const;

/** Told by its supervisor, whose username is unique in the installation. */
export function isDemoSpace(directory: Directory): boolean {
  for (const user of directory.users.values()) if (user.username === demo.supervisor) return true;
  return false;
}

export async function fillDemoSpace(db: Database): Promise<DemoAccess> {
  const space = await nextSpaceId(db);
  return commitChange(db, space, {
    doing: 'save',
    work: (tx) => fill(tx, space),
    note: () => ({
      space,
      actor: { type: 'system', id: null, name: 'demo', address: null },
      action: 'create',
      resource: 'spaces',
      resourceId: String(space),
      changes: null,
    }),
  });
}

async function fill(tx: Transaction, space: SpaceId): Promise<DemoAccess> {
  const about = { name: 'Demo', code: '000', username: 'demo', number: demo.did, time_zone: 'Europe/Paris' };
  await insertSpace(tx, space, SpaceInput.parse(about));
  const agents: number[] = [];
  for (const { number, ...person } of people) {
    const { id } = await insertUser(tx, space, person, 'agent');
    await insertPhone(tx, space, { number, user_id: id, sandbox: true });
    agents.push(id);
  }
  const you = await insertUser(tx, space, { username: demo.yourAgent, firstname: 'You', surname: 'Yourself' }, 'agent');
  const phone = await insertPhone(tx, space, { number: '110', user_id: you.id, sandbox: false });
  const access = await renewSipAccess(tx, space, phone.id);
  const supervisor = { username: demo.supervisor, firstname: 'Sofia', surname: 'Lindqvist' };
  const admin = { username: demo.admin, firstname: 'Alex', surname: 'Admin' };
  const { password: supervisorPassword } = await insertUser(tx, space, supervisor, 'supervisor');
  const { password: adminPassword } = await insertUser(tx, space, admin, 'admin');
  await insertQueues(tx, space, agents, you.id);
  await insertTrunks(tx, space);
  const nina = { username: demo.consultant, firstname: 'Nina', surname: 'Zielińska', outbound_number: '33140000105' };
  const consultant = await insertUser(tx, space, nina, 'agent');
  await insertPhone(tx, space, { number: '105', user_id: consultant.id, sandbox: true });
  await insertDemoCampaign(tx, space, consultant.id, Date.now());
  await insertDemoBroadcast(tx, space, Date.now());
  return { space, supervisorPassword, adminPassword, phone: { number: '110', ...access } };
}

/** Support has agents enough to talk, and few enough for callers to wait; Sales overflows into it. */
async function insertQueues(tx: Transaction, space: SpaceId, agents: number[], you: number): Promise<void> {
  const [ana, pawel, irina, sam] = agents;
  const support = QueueInput.parse({ name: 'Support', user_ids: [ana, pawel, irina, you], wrap_up_s: 5 });
  const sales = QueueInput.parse({
    name: 'Sales',
    user_ids: [irina, sam],
    strategy: 'round_robin',
    wrap_up_s: 5,
    max_wait_s: 30,
    overflow_extension: '200',
  });
  const { id: supportId } = await queues.insert(tx, space, support);
  const { id: salesId } = await queues.insert(tx, space, sales);
  await extensions.insert(tx, space, ExtensionInput.parse({ number: '200', type: 'queue', queue_id: supportId }));
  await extensions.insert(tx, space, ExtensionInput.parse({ number: '201', type: 'queue', queue_id: salesId }));
}

/** Callers come by the one; the other has a single channel, so that calls wait for it now and then. */
async function insertTrunks(tx: Transaction, space: SpaceId): Promise<void> {
  const incoming = {
    name: 'Callers',
    type: 'sandbox',
    dids: [
      { number: demo.did, extension_number: '200' },
      { number: '33140000001', extension_number: '201' },
      { number: demo.ivrDid, extension_number: demoIvr.extension },
      { number: demo.routeDid, extension_number: '300' },
    ],
  };
  await trunks.insert(tx, space, TrunkInput.parse(incoming));
  const outgoing = { name: 'Outbound', type: 'sandbox', outbound: true, max_calls: 1 };
  const { id } = await trunks.insert(tx, space, TrunkInput.parse(outgoing));
  const route = { number: '300', type: 'route', trunk_id: id, to: '33170000008' };
  await extensions.insert(tx, space, ExtensionInput.parse(route));
}

async function insertUser(
  tx: Transaction,
  space: SpaceId,
  person: { username: string; firstname: string; surname: string; outbound_number?: string },
  role: Role,
): Promise<{ id: number; password: string }> {
  const password = randomBytes(9).toString('base64url');
  const { id } = await users.insert(tx, space, NewUser.parse({ ...person, role, password }));
  return { id, password };
}

function insertPhone(tx: Transaction, space: SpaceId, phone: { number: string; user_id: number; sandbox: boolean }) {
  return extensions.insert(tx, space, ExtensionInput.parse({ type: 'phone', ...phone }));
}
