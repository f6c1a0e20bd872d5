import { z } from 'zod';
import { changesOf, Dialled, ExtensionNumber, Id, SpaceOfBody } from './common.ts';

const Forward = z.strictObject({ always: Dialled.optional(), busy: Dialled.optional(), no_answer: Dialled.optional() });

const phone = {
  user_id: Id.nullable().describe('whose phone it is'),
  sandbox: z.boolean().describe('a phone that nobody holds: answers by itself'),
  forward: Forward,
  do_not_disturb: z.boolean(),
};
const queue = { queue_id: Id };
const ivr = { ivr_id: Id };
const route = { trunk_id: Id, to: Dialled.describe('the number dialled on that trunk') };

const id = { id: Id, space_id: Id, number: ExtensionNumber };
const Phone = z.object({
  ...id,
  type: z.literal('phone'),
  ...phone,
  username: z.string().nullable().describe('SIP user name; null: sandbox'),
});
const Queue = z.object({ ...id, type: z.literal('queue'), ...queue });
const Ivr = z.object({ ...id, type: z.literal('ivr'), ...ivr });
const Route = z.object({ ...id, type: z.literal('route'), ...route });

export const Extension = z.discriminatedUnion('type', [Phone, Queue, Ivr, Route]).meta({ id: 'Extension' });
export type Extension = z.infer<typeof Extension>;

/** Shown once: what a softphone is set up with. */
export const SipAccess = z
  .object({ username: z.string(), password: z.string(), registrar: z.string().describe('host:port') })
  .meta({ id: 'SipAccess' });

/** null for a sandbox phone, with which nobody registers. */
const access = { password: z.string().nullable(), registrar: z.string().nullable() };
export const CreatedExtension = z
  .discriminatedUnion('type', [Phone.extend(access), Queue, Ivr, Route])
  .meta({ id: 'CreatedExtension' });
export type CreatedExtension = z.infer<typeof CreatedExtension>;

const number = { number: ExtensionNumber };
const phoneInput = {
  ...number,
  type: z.literal('phone'),
  user_id: phone.user_id.default(null),
  sandbox: phone.sandbox.default(false),
  forward: Forward.default({}),
  do_not_disturb: phone.do_not_disturb.default(false),
};
const queueInput = { ...number, type: z.literal('queue'), ...queue };
const ivrInput = { ...number, type: z.literal('ivr'), ...ivr };
const routeInput = { ...number, type: z.literal('route'), ...route };

export const ExtensionInput = z.discriminatedUnion('type', [
  z.strictObject(phoneInput),
  z.strictObject(queueInput),
  z.strictObject(ivrInput),
  z.strictObject(routeInput),
]);
export type ExtensionInput = z.output<typeof ExtensionInput>;
export const NewExtension = z.discriminatedUnion('type', [
  z.strictObject({ ...phoneInput, ...SpaceOfBody }),
  z.strictObject({ ...queueInput, ...SpaceOfBody }),
  z.strictObject({ ...ivrInput, ...SpaceOfBody }),
  z.strictObject({ ...routeInput, ...SpaceOfBody }),
]);
export const ExtensionChanges = changesOf({
  ...number,
  type: z.enum(['phone', 'queue', 'ivr', 'route']).describe('as it is: it cannot be changed'),
  ...phone,
  ...queue,
  ...ivr,
  ...route,
});
