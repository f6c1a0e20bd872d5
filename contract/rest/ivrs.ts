import { z } from 'zod';
import { IvrContext, IvrDocument, ivrDocument } from '../ivr.ts';
import { Dialled, DialledExtension, Id, IdText, Moment, PhoneNumber, SpaceOfBody, Text } from './common.ts';

export const Finding = z
  .object({
    severity: z.enum(['error', 'warning']),
    path: z.string().describe('of the document, as `contexts.0.options.2.actions.1.sound`'),
    code: z.string(),
    message: z.string(),
  })
  .meta({ id: 'IvrFinding' });

const version = z.int().positive();

export const Ivr = z
  .object({
    id: Id,
    space_id: Id,
    name: Text,
    entry_context: ivrDocument.entry_context,
    contexts: z.array(IvrContext),
    version: version.nullable().describe('the published one, which new calls run; null: none yet'),
    state: z.enum(['draft', 'published']).describe('draft: what is shown is not published yet'),
    findings: z.array(Finding).describe('errors keep a draft from being published'),
  })
  .meta({ id: 'Ivr' });
export type Ivr = z.output<typeof Ivr>;

const draft = { draft: z.boolean().default(false).describe('true: kept, and not published') };
export const IvrInput = IvrDocument.extend(draft);
export type IvrInput = z.output<typeof IvrInput>;
export const NewIvr = IvrInput.extend(SpaceOfBody).meta({ id: 'NewIvr' });
export const IvrChanges = z.strictObject({
  name: ivrDocument.name.optional(),
  entry_context: ivrDocument.entry_context.optional(),
  contexts: ivrDocument.contexts.optional(),
  ...draft,
});

export const IvrVersion = z
  .object({ version, published_at: Moment, current: z.boolean(), document: IvrDocument })
  .meta({ id: 'IvrVersion' });
export type IvrVersion = z.output<typeof IvrVersion>;

export const VersionPath = z.object({ id: IdText, version: IdText });

const OneLine = z.string().regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must be one line that is not empty');
const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/);

/** A call to an IVR that nobody makes. */
export const IvrTrial = z
  .strictObject({
    caller: z.strictObject({
      number: OneLine.max(64),
      name: OneLine.max(200).nullable().default(null),
      extension: DialledExtension.nullable().default(null).describe('of an internal caller, as 306 or 000*306'),
    }),
    called: Dialled.describe('what the caller dials'),
    did: PhoneNumber.nullable().default(null).describe('the external number by which the call comes'),
    digits: z
      .array(
        z.strictObject({
          at_ms: z.int().min(0).max(3_600_000).describe('after the call has entered the IVR'),
          digits: z.string().regex(/^[\d*#]{1,32}$/, 'must be 1 to 32 digits, * and #'),
        }),
      )
      .max(100)
      .default([]),
    variables: z
      .record(VariableName, z.string().max(4_096))
      .refine((variables) => Object.keys(variables).length <= 100, 'must be 100 at most')
      .default({}),
    answers: z
      .array(z.string().max(65_536))
      .max(50)
      .nullable()
      .default(null)
      .describe('of the URLs, one a request, then empty ones; without them the real URLs are asked'),
    targets: z
      .record(Dialled, z.enum(['answers', 'busy', 'no_answer']))
      .refine((targets) => Object.keys(targets).length <= 100, 'must be 100 at most')
      .default({})
      .describe('how a number behaves that a simple_transfer rings; the others answer'),
  })
  .meta({ id: 'IvrTrial' });
export type IvrTrial = z.input<typeof IvrTrial>;

export const TriedIvr = z
  .object({
    outcome: z.enum(['hung_up', 'transferred', 'queued', 'option_missing', 'not_reached', 'loop', 'caller_gone']),
    variables: z.record(z.string(), z.string()).describe('as they are in the end'),
    requests: z.array(z.object({ method: z.enum(['GET', 'POST']), url: z.string(), body: z.string().nullable() })),
    steps: z
      .array(z.looseObject({ at_ms: z.int().min(0), type: z.string() }))
      .describe('as a call’s timeline shows them; moments are milliseconds since the call entered the IVR'),
  })
  .meta({ id: 'TriedIvr' });
export type TriedIvr = z.output<typeof TriedIvr>;
