// A space with two consultants, a project and a trunk, where campaigns are made and filled; nobody is called.
import { expect } from 'vitest';
import { asId, instant, type UserId } from '../../domain/ids.ts';
import { type Rest, startRest } from './rest.ts';

export interface Person {
  id: number;
  headers: Record<string, string>;
}

export interface CampaignRest {
  rest: Rest;
  space: number;
  /** Headers: an admin of another space, then a supervisor of this one. */
  stranger: Record<string, string>;
  supervisor: Record<string, string>;
  ana: Person;
  bob: Person;
  project: number;
  trunk: number;
  /** Running, PREVIEW, of both consultants, unless said otherwise. Its id. */
  campaign(differing?: object): Promise<string>;
  /** With a request for each: its number, or all that is given of it. Its id. */
  filled(numbers: (string | object)[], differing?: object): Promise<string>;
}

export async function startCampaignRest(): Promise<CampaignRest> {
  const rest = await startRest();
  const { ask, centre } = rest;
  let campaigns = 0;
  const space = await rest.aSpace();

  async function agent(username: string): Promise<Person> {
    const person = { username, password: 'x', firstname: username, surname: 'Nowak', role: 'agent' };
    const { id } = (await ask('POST', '/users', { space_id: space, ...person })).body;
    const { headers } = await ask('POST', '/sessions', { username, password: 'x' }, {});
    const seat = { pause: null, phone: 'free', call: null, since: instant(0) } as const;
    centre.seat({ user: asId<UserId>(id), state: 'available', ...seat });
    return { id, headers: { 'cookie': String(headers['set-cookie']).split(';')[0]!, 'sec-fetch-site': 'same-origin' } };
  }

  const [ana, bob] = [await agent('ana'), await agent('bob')];
  const project = (await ask('POST', '/projects', { space_id: space, name: 'Insurance' })).body.id;
  const carrier = { space_id: space, name: 'Carrier', type: 'sip', host: '192.0.2.1', outbound: true };
  const trunk = (await ask('POST', '/trunks', carrier)).body.id;

  async function campaign(differing: object = {}): Promise<string> {
    const body = {
      ...{ space_id: space, name: `Campaign ${++campaigns}`, project_id: project, dialing_method: 'PREVIEW' },
      ...{ user_ids: [ana.id, bob.id], state: 'running' },
      ...differing,
    };
    const made = await ask('POST', '/campaigns', body);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made.body.id;
  }

  return {
    ...{ rest, space, ana, bob, project, trunk, campaign },
    stranger: await rest.keyOf(await rest.aSpace(), 'admin'),
    supervisor: await rest.keyOf(space, 'supervisor'),
    async filled(numbers, differing = {}) {
      const id = await campaign(differing);
      const body = numbers.map((one) => (typeof one === 'string' ? { contact_number: one } : one));
      expect((await ask('POST', `/campaigns/${id}/requests`, body)).body).toMatchObject({ accepted: numbers.length });
      return id;
    },
  };
}
