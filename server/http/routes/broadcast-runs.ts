// A broadcast is checked, started, paused and cancelled.
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Broadcast, BroadcastCheck, BroadcastPath } from '../../../contract/rest/broadcasts.ts';
import { IdempotencyHeader, NoBody } from '../../../contract/rest/common.ts';
import { AppError } from '../../errors.ts';
import { type BroadcastCheck as Checked, checkBroadcast, problemsOf, refusalOf } from '../../flows/broadcasts/check.ts';
import { findBroadcast, moveState } from '../../store/broadcasts.ts';
import type { App, RestParts } from '../app.ts';
import { supervisors } from '../auth.ts';
import { type FoundBroadcast, openBroadcastOf } from '../broadcast-access.ts';
import { makeOnce } from '../idempotency.ts';
import { noteAsked } from '../note-asked.ts';
import { notFound } from '../problem.ts';

const tags = ['broadcasts'];
const one = { tags, params: BroadcastPath, body: NoBody };
const access = supervisors;
const notStarted = ['draft', 'validating', 'ready'] as const;

export function broadcastRunRoutes(app: App, parts: RestParts): void {
  const { db, clock, broadcasts } = parts;

  /** One that has not been started is `validating` meanwhile, then `ready`, or a draft again. */
  async function check({ space, id, checked, settings }: FoundBroadcast): Promise<Checked> {
    const isNew = await moveState(db, space, id, { from: notStarted, to: 'validating' });
    let ok = false;
    try {
      const done = await checkBroadcast(db, checked, settings, clock.now());
      ({ ok } = done);
      return done;
    } finally {
      // Contacts that came meanwhile, or another text, have made a draft of it: that stays.
      if (isNew) await moveState(db, space, id, { from: ['validating'], to: ok ? 'ready' : 'draft' });
    }
  }

  /** As far as it can be told without a look at its contacts. */
  async function requireSendable({ broadcast, checked, settings }: FoundBroadcast): Promise<void> {
    if (broadcast.media !== 'sms') {
      const message = 'cannot be sent yet';
      const detail = `Broadcasts by ${broadcast.media} ${message}; this one stays a draft.`;
      throw new AppError('broadcast.media_not_available', detail, { errors: [{ path: 'media', message }] });
    }
    const refusal = refusalOf(await problemsOf(db, checked, settings));
    if (refusal) throw refusal;
  }

  async function asked(request: FastifyRequest, { space, id }: FoundBroadcast, action: string): Promise<Broadcast> {
    await noteAsked(parts, request, space, { action, resource: 'broadcasts', resourceId: id });
    const broadcast = await findBroadcast(db, id);
    if (!broadcast) throw notFound();
    return broadcast;
  }

  app.post(
    '/broadcasts/:id/check',
    {
      config: { access },
      schema: {
        ...one,
        description: 'Looks at every contact that waits, and sends nothing. Some 15 to 30 s for a million.',
        response: { 200: BroadcastCheck },
      },
    },
    async (request) => shownCheck(await check(await openBroadcastOf(parts, request))),
  );

  app.post(
    '/broadcasts/:id/start',
    {
      config: { access },
      schema: {
        ...one,
        description:
          'A draft is checked first; one of many contacts is `validating` meanwhile, and then starts by itself or is a draft with `start_errors`. One with starts_at is scheduled. Also goes on after a pause.',
        ...{ headers: IdempotencyHeader, response: { 200: Broadcast } },
      },
    },
    async (request, reply) => {
      const found = await openBroadcastOf(parts, request);
      const begun = async (): Promise<Broadcast> => {
        await requireSendable(found);
        await broadcasts.start(found.space, found.id);
        return await asked(request, found, 'start');
      };
      return await makeOnce(parts, request, reply, found.space, begun, 200);
    },
  );

  for (const action of ['pause', 'cancel'] as const) {
    app.post(
      `/broadcasts/:id/${action}`,
      {
        config: { access },
        schema: {
          ...one,
          description: 'What has been submitted is followed to its end.',
          response: { 200: Broadcast },
        },
      },
      async (request) => {
        const found = await openBroadcastOf(parts, request);
        await broadcasts[action](found.space, found.id);
        return await asked(request, found, action);
      },
    );
  }
}

function shownCheck({ sms, later, problems, ...check }: Checked): z.output<typeof BroadcastCheck> {
  return {
    ...check,
    later: later.map(({ from, ...waiting }) => ({ ...waiting, from: new Date(from).toISOString() })),
    sms: sms && { encodings: sms.encodings, messages: sms.messages, most_parts: sms.mostParts, example: sms.example },
    errors: problems,
  };
}
