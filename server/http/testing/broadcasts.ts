// A space with a carrier, on a Tuesday at noon in Paris, where broadcasts are made and filled; nothing is sent.
import { expect } from 'vitest';
import { type Rest, startRest } from './rest.ts';

export interface BroadcastRest {
  rest: Rest;
  space: number;
  /** Headers: an admin of another space, then two of this one. */
  stranger: Record<string, string>;
  supervisor: Record<string, string>;
  agent: Record<string, string>;
  /** By SMS, "Hello {{name}}", unless said otherwise. Its id. */
  broadcast(differing?: object): Promise<string>;
  /** With Anna and Zoë, unless said otherwise. Its id. */
  filled(contacts?: object[], differing?: object): Promise<string>;
  /** Its first contacts, as REST shows them. */
  contactsOf(id: string): Promise<object[]>;
}

const tuesday = Date.parse('2026-01-06T11:00:00Z');
export const anna = { to: '06 12 34 56 01', ref_externe: 'A-1', name: 'Anna' };
export const zoe = { to: '+33612345602', name: 'Zoë' };

export async function startBroadcastRest(): Promise<BroadcastRest> {
  const rest = await startRest();
  const { ask } = rest;
  await rest.clock.advance(tuesday - rest.clock.now());
  const space = await rest.aSpace();
  const stranger = await rest.keyOf(await rest.aSpace(), 'admin');
  const supervisor = await rest.keyOf(space, 'supervisor');
  const agent = await rest.keyOf(space, 'agent');
  const carrier = { host: '127.0.0.1', system_id: 'parley', password: 'secret' };
  await ask('POST', '/channels', { space_id: space, type: 'smpp', name: 'Carrier', settings: carrier });

  async function broadcast(differing: object = {}): Promise<string> {
    const body = { space_id: space, media: 'sms', name: 'Autumn', text: 'Hello {{name}}', ...differing };
    const made = await ask('POST', '/broadcasts', body);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made.body.id;
  }

  return {
    ...{ rest, space, stranger, supervisor, agent, broadcast },
    async filled(contacts = [anna, zoe], differing = {}) {
      const id = await broadcast(differing);
      const done = await ask('POST', `/broadcasts/${id}/contacts`, contacts, supervisor);
      expect(done.body).toMatchObject({ accepted: contacts.length, refused: 0 });
      return id;
    },
    contactsOf: async (id) => (await ask('GET', `/broadcasts/${id}/contacts`)).body.items,
  };
}
