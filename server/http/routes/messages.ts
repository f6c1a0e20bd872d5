// Single sends: they take the way of a broadcast's contacts, at once and at any hour.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { IdempotencyHeader } from '../../../contract/rest/common.ts';
import {
  Message,
  MessagePath,
  MessageSent,
  type NewMessage,
  NewMessage as Body,
} from '../../../contract/rest/messages.ts';
import { addressOf } from '../../domain/contacts/address.ts';
import { senderRefusal } from '../../domain/contacts/sender.ts';
import { smsParts } from '../../domain/contacts/sms-text.ts';
import { asKey, type AttemptId, type ContactId, type SpaceId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import { newCallId } from '../../platform/ids.ts';
import { enabledTypes } from '../../store/message-channels.ts';
import { type ContactAttempt, readAttempt } from '../../store/contact-attempts.ts';
import { findSingle, insertSingle, type KnownSingle, type SingleContent } from '../../store/contacts.ts';
import type { App, RestParts } from '../app.ts';
import { callerOf, spaceToUse, supervisors } from '../auth.ts';
import { makeOnce } from '../idempotency.ts';
import { noteAsked } from '../note-asked.ts';
import { fieldRefused, notFound } from '../problem.ts';

const tags = ['messages'];
const access = supervisors;
const one = { tags, params: MessagePath };

export function messageRoutes(app: App, parts: RestParts): void {
  const { db, directories, clock, broadcasts } = parts;

  const spacesOf = (request: FastifyRequest): SpaceId[] => {
    const { space } = callerOf(request);
    return space === null ? directories.spaces() : [space];
  };

  async function found(request: FastifyRequest): Promise<Message> {
    const { call_id } = request.params as z.output<typeof MessagePath>;
    const id = asKey<AttemptId>(call_id);
    for (const space of spacesOf(request)) {
      const attempt = await readAttempt(db, space, id);
      if (attempt) return messageOf(space, attempt);
    }
    const waiting = await findSingle(db, spacesOf(request), id);
    if (!waiting) throw notFound();
    return messageThatWaits(id, waiting);
  }

  app.post(
    '/messages',
    {
      config: { access },
      schema: {
        tags,
        description:
          'One send. Calling hours do not apply to it. Its reports say what becomes of it: ABORTED where the contact has ' +
          'opted out. `call_id` is that of its reports.',
        ...{ headers: IdempotencyHeader, body: Body, response: { 201: MessageSent } },
      },
    },
    async (request, reply) => {
      const { space_id, ...message } = request.body;
      const space = spaceToUse(callerOf(request), space_id, directories);
      return await makeOnce(parts, request, reply, space, async () => {
        const send = await sendOf(space, message);
        await insertSingle(db, space, send);
        broadcasts.wake();
        const sent = { call_id: send.attempt, contact_id: send.contact };
        await noteAsked(parts, withoutText(request), space, {
          ...{ action: 'create', resource: 'messages', resourceId: send.attempt },
        });
        return sent;
      });
    },
  );

  async function sendOf(space: SpaceId, message: Omit<NewMessage, 'space_id'>) {
    const { media, to, text, from, subject, html, document_id, ref_externe, priority } = message;
    const settings = directories.of(space)?.space;
    if (!settings) throw notFound();
    if (media !== 'sms') {
      const why = 'cannot be sent yet';
      throw new AppError('broadcast.media_not_available', `${media} ${why}.`, {
        errors: [{ path: 'media', message: why }],
      });
    }
    const address = addressOf(to, media, settings.country);
    if (address === null) throw fieldRefused('to', 'is no telephone number');
    const refusal = from === null ? null : senderRefusal(from);
    if (refusal !== null) throw fieldRefused('from', refusal);
    if (text === undefined || text.trim() === '') throw fieldRefused('text', 'is needed');
    const { length } = smsParts(text).parts;
    if (length > settings.maxSmsParts) {
      throw fieldRefused('text', `makes ${length} messages, ${settings.maxSmsParts} are allowed`);
    }
    if ((await enabledTypes(db, space, media)).length === 0) {
      throw new AppError('broadcast.no_channel', 'The space has no enabled channel for SMS.');
    }
    const at = clock.now();
    const content: SingleContent = { from, text, subject, html, document_id };
    return {
      contact: asKey<ContactId>(newCallId(at)),
      attempt: asKey<AttemptId>(newCallId(at)),
      ...{ media, address, refExterne: ref_externe, priority, content, at },
    };
  }

  app.get('/messages/:call_id', { config: { access }, schema: { ...one, response: { 200: Message } } }, found);

  app.delete(
    '/messages/:call_id',
    {
      config: { access },
      schema: {
        ...one,
        description: 'A single send that has not left: 409 `message.left` when it has.',
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { call_id, space_id, broadcast_id } = await found(request);
      if (broadcast_id !== null) throw new AppError('message.left', 'It belongs to a broadcast; cancel that one.');
      const space = space_id as SpaceId;
      await broadcasts.cancelSend(space, asKey<AttemptId>(call_id));
      await noteAsked(parts, request, space, { action: 'delete', resource: 'messages', resourceId: call_id });
      return reply.code(204).send(null);
    },
  );
}

/** What is written to somebody is not for the audit. */
function withoutText(request: FastifyRequest): FastifyRequest {
  const { media, ref_externe } = request.body as NewMessage;
  return Object.create(request, { body: { value: { media, ref_externe } } }) as FastifyRequest;
}

function messageOf(space: SpaceId, { id, about, begunAt, status, statuses }: ContactAttempt): Message {
  return {
    call_id: id,
    contact_id: about.contact,
    broadcast_id: about.broadcast,
    space_id: space,
    media: about.media,
    to: about.to,
    from: about.from,
    ref_externe: about.refExterne,
    attempt: about.number,
    channel_id: about.channel,
    status,
    begun_at: new Date(begunAt).toISOString(),
    statuses: statuses.map(({ at, type, code, info }) => ({
      ...{ at: new Date(at).toISOString(), type },
      ...(code !== undefined && { code }),
      ...(info !== undefined && { info }),
    })),
  };
}

function messageThatWaits(id: AttemptId, waiting: KnownSingle): Message {
  const { contact, space, media, address, refExterne, content } = waiting;
  return {
    call_id: id,
    contact_id: contact,
    broadcast_id: null,
    space_id: space,
    media,
    to: address,
    from: content.from,
    ref_externe: refExterne,
    attempt: 1,
    channel_id: null,
    status: null,
    begun_at: null,
    statuses: [],
  };
}
