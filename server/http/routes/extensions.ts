import { IdPath, NoBody } from '../../../contract/rest/common.ts';
import {
  CreatedExtension,
  Extension,
  ExtensionChanges,
  ExtensionInput,
  NewExtension,
  SipAccess,
} from '../../../contract/rest/extensions.ts';
import { extensions, renewSipAccess } from '../../store/extensions.ts';
import { AppError } from '../../errors.ts';
import { administer } from '../administer.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, requireReach, supervisors } from '../auth.ts';
import { notFound } from '../problem.ts';
import { routeResource } from '../resource.ts';

export function extensionRoutes(app: App, parts: RestParts): void {
  const { db, registrar } = parts;

  routeResource(app, parts, {
    name: 'extensions',
    table: extensions,
    readers: supervisors,
    schemas: {
      item: Extension,
      created: CreatedExtension,
      create: NewExtension,
      replace: ExtensionInput,
      change: ExtensionChanges,
    },
    inputOf: extensionInputOf,
    async complete(tx, space, extension) {
      if (extension.type !== 'phone') return {};
      if (extension.sandbox) return { password: null, registrar: null };
      return { ...(await renewSipAccess(tx, space, extension.id)), registrar };
    },
  });

  app.post(
    '/extensions/:id/credentials',
    {
      config: { access: admins },
      schema: {
        tags: ['extensions'],
        description: 'New SIP credentials for a phone, shown once. The old password ends.',
        params: IdPath,
        body: NoBody,
        response: { 201: SipAccess },
      },
    },
    async (request, reply) => {
      const extension = await extensions.find(db, request.params.id);
      if (!extension) throw notFound();
      const space = requireReach(callerOf(request), extension.space_id);
      if (extension.type !== 'phone' || extension.sandbox) {
        throw new AppError('request.conflict', 'Only a phone that somebody holds has SIP credentials.');
      }
      const access = await administer(parts, request, {
        space,
        action: 'renew_credentials',
        resource: 'extensions',
        idOf: () => extension.id,
        work: (tx) => renewSipAccess(tx, space, extension.id),
      });
      reply.code(201);
      return { ...access, registrar };
    },
  );
}

function extensionInputOf(extension: Extension): object {
  const { id: _id, space_id: _space, ...input } = extension;
  if (input.type !== 'phone') return input;
  const { username: _username, ...phone } = input;
  return phone;
}
