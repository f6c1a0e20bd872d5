// The demo's IVR, extension 332: a menu whose second choice asks a web server what to do. That server is the built-in
// inbox, so that a newcomer reads there what a script of his would be asked.
//
// prompts/: spoken by espeak-ng 1.51 (en-gb), Opus of 20 kbit/s.
import { readFile } from 'node:fs/promises';
import { IvrDocument } from '../../contract/ivr.ts';
import { ExtensionInput } from '../../contract/rest/extensions.ts';
import { INBOX_PATH } from '../delivery/delivery.ts';
import type { Directory } from '../domain/directory.ts';
import type { SpaceId } from '../domain/ids.ts';
import { convertSound } from '../platform/audio/convert.ts';
import type { Database, Transaction } from '../platform/db.ts';
import { commitChange } from '../store/changes.ts';
import { extensions } from '../store/extensions.ts';
import { createIvr, listIvrs, publishDraft, saveDraft, type StoredIvr } from '../store/ivrs.ts';
import { addSound } from '../store/sounds.ts';

export const demoIvr = { name: 'Welcome', extension: '332' } as const;

const system = { type: 'system', id: null, name: 'demo', address: null } as const;
const prompts = ['welcome', 'digits', 'sales', 'invalid'] as const;
type Prompts = Record<(typeof prompts)[number], string>;

/** `inbox`: its address. Nothing is made where the demo's queues are gone. */
export async function insertDemoIvr(db: Database, space: SpaceId, directory: Directory, inbox: string): Promise<void> {
  const support = queueAt(directory, '200');
  const sales = queueAt(directory, '201');
  if (support === undefined || sales === undefined) return;
  const converted = new Map<keyof Prompts, Awaited<ReturnType<typeof convertSound>>>();
  for (const name of prompts) {
    converted.set(name, await convertSound(await readFile(new URL(`./prompts/${name}.opus`, import.meta.url))));
  }
  await changed(db, space, 'create', async (tx) => {
    const files: Partial<Prompts> = {};
    for (const [name, sound] of converted) files[name] = (await addSound(tx, space, `Demo: ${name}`, sound)).filename;
    const ivr = await createIvr(tx, space, documentOf(files as Prompts, { support, sales, inbox }));
    await publishDraft(tx, space, ivr.id);
    await extensions.insert(
      tx,
      space,
      ExtensionInput.parse({ number: demoIvr.extension, type: 'ivr', ivr_id: ivr.id }),
    );
    return ivr.id;
  });
}

/** Once it was, whatever became of it: a newcomer may delete it. */
export async function isDemoIvrMade(db: Database, space: SpaceId): Promise<boolean> {
  const text = `select 1 from audit where space_id = $1 and actor_type = $2 and actor_name = $3 and resource = 'ivrs' limit 1`;
  return (await db.query(text, [space, system.type, system.name])).rows.length > 0;
}

/** The server may listen elsewhere than at its last start. An IVR that somebody works on is left alone. */
export async function leadIvrToInbox(db: Database, space: SpaceId, inbox: string): Promise<void> {
  const token = inbox.slice(inbox.indexOf(INBOX_PATH));
  const all = await listIvrs(db, space, { after: 0, limit: 100 });
  const ivr = all.find(({ document, isDraft }) => document.name === demoIvr.name && !isDraft);
  const led = ivr && withInbox(ivr, token, inbox);
  if (!ivr || !led) return;
  await changed(db, space, 'change', async (tx) => {
    await saveDraft(tx, space, ivr.id, led);
    await publishDraft(tx, space, ivr.id);
    return ivr.id;
  });
}

/** undefined: it leads there, or elsewhere by somebody's wish. */
function withInbox({ document }: StoredIvr, token: string, inbox: string): IvrDocument | undefined {
  let differs = false;
  const contexts = document.contexts.map((context) => ({
    ...context,
    options: context.options.map((option) => ({
      ...option,
      actions: option.actions.map((action) => {
        if (action.type !== 'call_interactive' || !action.url.endsWith(token) || action.url === inbox) return action;
        differs = true;
        return { ...action, url: inbox };
      }),
    })),
  }));
  return differs ? { ...document, contexts } : undefined;
}

function documentOf(prompt: Prompts, to: { support: number; sales: number; inbox: string }): IvrDocument {
  const says = (sound: string) => ({ type: 'play_sound', sound });
  const jump = (context: string) => ({ type: 'jump', context, option: 'start' });
  const queue = (queue_id: number) => ({ type: 'queue', queue_id });
  const main = [
    { key: 'start', actions: [says(prompt.welcome)] },
    { key: '1', actions: [queue(to.support)] },
    {
      key: '2',
      actions: [{ type: 'call_interactive', url: to.inbox, method: 'POST' }, says(prompt.sales), queue(to.sales)],
    },
    { key: '3', actions: [jump('digits')] },
    { key: 'invalid', actions: [says(prompt.invalid), jump('main')] },
    { key: 'timeout', actions: [queue(to.support)] },
  ];
  const digits = [
    says(prompt.digits),
    { type: 'record_digits', variable: 'typed', max_digits: 4 },
    { type: 'play_digits', variable: 'typed' },
    jump('main'),
  ];
  return IvrDocument.parse({
    name: demoIvr.name,
    entry_context: 'main',
    contexts: [
      { id: 'main', name: 'Menu', options: main },
      { id: 'digits', name: 'Digits that are said again', options: [{ key: 'start', actions: digits }] },
    ],
  });
}

function queueAt(directory: Directory, number: string): number | undefined {
  const extension = directory.extensionsByNumber.get(number);
  return extension?.type === 'queue' ? extension.queue : undefined;
}

function changed(
  db: Database,
  space: SpaceId,
  action: 'create' | 'change',
  work: (tx: Transaction) => Promise<number>,
): Promise<number> {
  return commitChange(db, space, {
    ...{ doing: 'save', work },
    note: (ivr) => ({
      space,
      actor: system,
      ...{ action, resource: 'ivrs', resourceId: String(ivr), changes: null },
    }),
  });
}
