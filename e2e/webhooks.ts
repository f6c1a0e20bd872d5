// A customer's server that takes dialog webhooks, in another process, and the campaigns whose calls it is told of; what of
// the published bodies must come out the same.
import type { DialogBody } from '../contract/dialogs.ts';
import { type Received, type Receiver, startReceiver } from '../server/delivery/testing/receiver.ts';
import type { Desk } from './desk.ts';
import { eventually } from './parley.ts';

export class Webhooks {
  readonly #receiver: Receiver;

  private constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  static async open(): Promise<Webhooks> {
    return new Webhooks(await startReceiver());
  }

  close(): Promise<void> {
    return this.#receiver.stop();
  }

  /** An endpoint of the desk. How the path behaves: server/delivery/testing/receiver.ts. */
  sendTo(desk: Desk, path: string, settings: object = {}): Promise<{ id: number }> {
    return desk.post('/endpoints', { type: 'dialogs', url: this.#receiver.url(path), ...settings });
  }

  /** Waits for so many at least. In the order of their arrival. */
  async receivedAt(path: string, count: number, limitMs = 15_000): Promise<Received[]> {
    const arrived = async () => (await this.#receiver.received()).filter((one) => one.path === path);
    await eventually(`${count} bodies at ${path}`, async () => (await arrived()).length >= count, limitMs);
    return arrived();
  }

  async bodiesAt(path: string, count: number, limitMs?: number): Promise<DialogBody[]> {
    return (await this.receivedAt(path, count, limitMs)).map(({ body }) => JSON.parse(body) as DialogBody);
  }
}

/** A running campaign of all agents of the desk, worked off by hand. Its path below /api/v1. */
export async function aCampaign(
  desk: Desk,
  settings: object = {},
  project: object = { name: 'Projekt Paweł', presentation_number: '48221112233' },
): Promise<string> {
  const { id: project_id } = await desk.post('/projects', project);
  const { id } = await desk.post<{ id: string }>('/campaigns', {
    ...{ name: 'Reczna', project_id, dialing_method: 'PREVIEW', state: 'running' },
    user_ids: [...desk.agents.values()].map(({ userId }) => userId),
    ...settings,
  });
  return `/campaigns/${id}`;
}

/** What a consultant does: takes his next request and calls. `request`: its path. */
export async function callNext(
  desk: Desk,
  campaign: string,
  name = 'Ana',
): Promise<{ request: string; consultant_dialog_uuid: string; call_id: string }> {
  const { userId: user_id } = desk.agent(name);
  const { id } = await desk.parley.rest<{ id: string }>('POST', `${campaign}/next`, { user_id });
  const request = `${campaign}/requests/${id}`;
  const placed = await desk.parley.rest<{ consultant_dialog_uuid: string; call_id: string }>(
    'POST',
    `${request}/call`,
    {
      user_id,
    },
  );
  return { request, ...placed };
}

/** The user of the fixtures. */
export const paweł = {
  username: 'pkowalski',
  firstname: 'Paweł',
  surname: 'kowalski',
  display_name: 'Konsultant Paweł',
  outbound_number: '+486007008005',
};

/** As sent, with what differs from one installation and day to the next replaced: ids, moments. Dialogs stay told apart. */
export function comparable(bodies: readonly DialogBody[]): string[] {
  const dialogs = [...new Set(bodies.flatMap((body) => ('dialog_uuid' in body ? [body.dialog_uuid] : [])))];
  const replaced = (key: string, value: unknown): unknown => {
    if (typeof value === 'number') return key === 'id' || key.endsWith('_id') ? 'an id' : value;
    if (typeof value !== 'string') return value;
    if (dialogs.includes(value)) return `dialog ${dialogs.indexOf(value)}`;
    if (/^[0-9a-f]{24}$/.test(value)) return 'a long id';
    // The bounds of a day keep their time.
    return value
      .replace(/^\d{4}-\d\d-\d\d /, '')
      .replace(/^\d\d:\d\d:\d\d$/, (time) => (/^process_(from|to)/.test(key) ? time : 'a time'));
  };
  return bodies.map((body) => JSON.stringify(body, replaced));
}
