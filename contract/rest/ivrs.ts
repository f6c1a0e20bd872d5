import { z } from 'zod';
import { IvrContext, IvrDocument, ivrDocument } from '../ivr.ts';
import { Id, IdText, Moment, SpaceOfBody, Text } from './common.ts';

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
