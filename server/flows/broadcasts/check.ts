// The check before a start: every contact that waits is looked at as the sender will, and nothing is sent.
import { type BroadcastHours, type MayContact, openingHours } from '../../domain/contacts/calling-hours.ts';
import type { Media } from '../../domain/contacts/events.ts';
import { placeOf } from '../../domain/contacts/place.ts';
import { refusedTo, senderRefusal } from '../../domain/contacts/sender.ts';
import { smsParts } from '../../domain/contacts/sms-text.ts';
import { columnsOf, fieldsOf, ownColumns, renderText } from '../../domain/contacts/template.ts';
import { problemsOfText, type TextProblem } from '../../domain/contacts/text-check.ts';
import type { SpaceSettings } from '../../domain/directory.ts';
import { asKey, type BroadcastId, type Instant, instant } from '../../domain/ids.ts';
import { mayDial } from '../../domain/rules/dialable.ts';
import { AppError } from '../../errors.ts';
import type { Database, Transaction } from '../../platform/db.ts';
import type { findBroadcast } from '../../store/broadcasts.ts';
import { enabledTypes } from '../../store/message-channels.ts';
import { hoursOf } from '../../store/hours.ts';
import { columnsOfContacts, contactsInOrder, type CheckedContact } from '../../store/contacts.ts';

export interface CheckedBroadcast {
  id: BroadcastId;
  media: Media;
  from: string | null;
  text: string | null;
  hours: BroadcastHours | null;
  startsAt: Instant | null;
}

/** Counts are of contacts, if nothing else is said. */
export interface BroadcastCheck {
  /** It can be started. */
  ok: boolean;
  contacts: number;
  contactable: number;
  blocked: { cause: string; contacts: number }[];
  later: { cause: string; contacts: number; from: Instant }[];
  /** null: not by SMS. `messages`: all parts of all texts. */
  sms: {
    encodings: { gsm7: number; ucs2: number };
    messages: number;
    mostParts: number;
    example: string | null;
  } | null;
  /** That the text names. */
  columns: { name: string; without: number }[];
  problems: Problem[];
  /** What is no reason not to start it. */
  warnings: Problem[];
}

/** `path`: from, text, media or contacts. */
export type Problem = TextProblem;

/** A few milliseconds of work; others get their turn between two pages. */
const contactsAtOnce = 2_000;

/** What a broadcast's media and text lack, whoever its contacts are. */
export async function problemsOf(
  db: Transaction,
  { id, media, from, text }: CheckedBroadcast,
  { id: space, maxSmsParts }: SpaceSettings,
): Promise<Problem[]> {
  if (media !== 'sms') return [{ path: 'media', message: 'cannot be sent yet' }];
  const known = new Set((await columnsOfContacts(db, space, id)).keys());
  const refusal = from === null ? null : senderRefusal(from);
  const ofSender = refusal === null ? [] : [{ path: 'from', message: refusal }];
  return [...ofSender, ...problemsOfText(text, { known, maxSmsParts })];
}

/** Whether a contact may be disturbed, for those of one broadcast: by its hours, those of his place, or at any time. */
export async function hoursOfBroadcast(
  db: Transaction,
  { media, hours }: CheckedBroadcast,
  settings: SpaceSettings,
): Promise<(address: string, at: Instant) => MayContact> {
  const types = await enabledTypes(db, settings.id, media);
  if (isSandbox(types)) return () => ({ ok: true });
  const { timeZone: spaceTimeZone, callingHours: rules } = settings;
  const isOpen = openingHours({ media, hours, spaceTimeZone, rules });
  return (address, at) => isOpen(placeOf(address), at);
}

/** Its subscribers are no people. */
function isSandbox(types: readonly string[]): boolean {
  return types.length > 0 && types.every((type) => type === 'sandbox');
}

type KeptBroadcast = NonNullable<Awaited<ReturnType<typeof findBroadcast>>>;

export function checkedOf({ id, media, from, text, hours, starts_at }: KeptBroadcast): CheckedBroadcast {
  return {
    ...{ id: asKey<BroadcastId>(id), media, from, text, hours: hours && hoursOf(hours) },
    startsAt: starts_at === null ? null : instant(Date.parse(starts_at)),
  };
}

/** Why it is not started; null: nothing is in the way. */
export function refusalOf(problems: readonly Problem[]): AppError | null {
  const [first] = problems;
  if (!first) return null;
  const wrong = problems.filter(({ path }) => path !== 'media' && path !== 'contacts');
  if (wrong[0]) {
    const { path, message } = wrong[0];
    return new AppError('broadcast.check_failed', `${path} ${message}.`, { errors: wrong });
  }
  return first.path === 'media'
    ? new AppError('broadcast.no_channel', `The media ${first.message}.`)
    : new AppError('broadcast.nothing_to_send', 'None of the contacts can be reached; see the check.');
}

export async function checkBroadcast(
  ...about: [db: Database, broadcast: CheckedBroadcast, settings: SpaceSettings, now: Instant]
): Promise<BroadcastCheck> {
  return (await checkBroadcastWhile(async () => true, ...about))!;
}

/** null: `goesOn`, asked before each page, has said no. */
export async function checkBroadcastWhile(
  goesOn: () => Promise<boolean>,
  db: Database,
  broadcast: CheckedBroadcast,
  settings: SpaceSettings,
  now: Instant,
): Promise<BroadcastCheck | null> {
  const { id: space } = settings;
  const { id, media, startsAt, text } = broadcast;
  const types = await enabledTypes(db, space, media);
  const tally = new Tally({
    ...{ broadcast, settings, columns: columnsOf(text ?? '') },
    sandbox: isSandbox(types),
    at: instant(Math.max(now, startsAt ?? 0)),
    isOpen: await hoursOfBroadcast(db, broadcast, settings),
  });
  let after = '';
  for (;;) {
    if (!(await goesOn())) return null;
    const contacts = await contactsInOrder(db, space, id, { after, limit: contactsAtOnce });
    if (contacts.length === 0) break;
    for (const contact of contacts) if (contact.state === 'waiting') tally.add(contact);
    after = contacts.at(-1)!.id;
  }
  const problems = await problemsOf(db, broadcast, settings);
  if (types.length === 0) problems.push({ path: 'media', message: 'has no enabled channel in the space' });
  return tally.result(problems);
}

interface TallyOptions {
  broadcast: CheckedBroadcast;
  settings: SpaceSettings;
  /** That the text names. */
  columns: readonly string[];
  sandbox: boolean;
  /** When it would begin. */
  at: Instant;
  isOpen: (address: string, at: Instant) => MayContact;
}

type Cause = 'opted_out' | 'do_not_call' | 'forbidden_number' | 'empty_text' | 'never_open';

class Tally {
  readonly #options: TallyOptions;
  readonly #blocked = new Map<Cause, number>();
  readonly #later = new Map<string, { contacts: number; from: Instant }>();
  readonly #without = new Map<string, number>();
  readonly #encodings = { gsm7: 0, ucs2: 0 };
  #contacts = 0;
  #contactable = 0;
  #messages = 0;
  #mostParts = 0;
  #tooLong = 0;
  #example: string | null = null;
  /** Most texts are those of the contact before. */
  #last: { text: string; sms: ReturnType<typeof smsParts> } | null = null;
  /** Where carriers refuse the sender. */
  readonly #senderRefusedIn: string | null;
  #underRefusedSender = 0;

  constructor(options: TallyOptions) {
    this.#options = options;
    const { broadcast, settings, sandbox } = options;
    const { from, media } = broadcast;
    this.#senderRefusedIn = from === null || media !== 'sms' || sandbox ? null : refusedTo(from, settings.country);
    for (const name of options.columns) {
      if (!(ownColumns as readonly string[]).includes(name)) this.#without.set(name, 0);
    }
  }

  add(contact: CheckedContact): void {
    this.#contacts++;
    const fields = fieldsOf(contact);
    for (const [name, count] of this.#without) if (!Object.hasOwn(fields, name)) this.#without.set(name, count + 1);
    const text = renderText(this.#options.broadcast.text ?? '', fields);
    this.#example ??= text;
    const never = this.#whyNever(contact, text);
    if (never !== null) return void this.#blocked.set(never, (this.#blocked.get(never) ?? 0) + 1);
    this.#measure(text);
    if (this.#senderRefusedIn !== null && placeOf(contact.address).country === this.#senderRefusedIn) {
      this.#underRefusedSender++;
    }
    const may = this.#options.isOpen(contact.address, this.#options.at);
    if (may.ok) return void this.#contactable++;
    if (may.from === null) return void this.#blocked.set('never_open', (this.#blocked.get('never_open') ?? 0) + 1);
    const { contacts, from } = this.#later.get(may.why) ?? { contacts: 0, from: may.from };
    this.#later.set(may.why, { contacts: contacts + 1, from: instant(Math.min(from, may.from)) });
  }

  result(found: readonly Problem[]): BroadcastCheck {
    const { broadcast, settings } = this.#options;
    const problems = [...found];
    // A text that is too long for everybody has been told of.
    if (this.#tooLong > 0 && !problems.some(({ path }) => path === 'text')) {
      const most = `${this.#mostParts} messages, ${settings.maxSmsParts} are allowed`;
      problems.push({
        path: 'text',
        message: `is too long for ${this.#tooLong} of the contacts: it makes up to ${most}`,
      });
    }
    const later = [...this.#later].map(([cause, waiting]) => ({ cause, ...waiting }));
    if (this.#contacts === 0) problems.push({ path: 'contacts', message: 'none waits' });
    else if (problems.length === 0 && this.#contactable === 0 && later.length === 0) {
      problems.push({ path: 'contacts', message: 'none of them can be reached' });
    }
    return {
      ok: problems.length === 0,
      contacts: this.#contacts,
      contactable: this.#contactable,
      blocked: [...this.#blocked].map(([cause, contacts]) => ({ cause, contacts })),
      later,
      sms: broadcast.media !== 'sms' ? null : this.#sms(),
      columns: [...this.#without].map(([name, without]) => ({ name, without })),
      problems,
      warnings: this.#warnings(),
    };
  }

  #warnings(): Problem[] {
    if (this.#underRefusedSender === 0) return [];
    const to = `${this.#underRefusedSender} of the contacts`;
    const message = `is a mobile number, under which carriers in ${this.#senderRefusedIn} take no automated messages: to ${to}`;
    return [{ path: 'from', message }];
  }

  #sms() {
    return {
      encodings: this.#encodings,
      messages: this.#messages,
      mostParts: this.#mostParts,
      example: this.#example,
    };
  }

  #whyNever({ address, optedOut, doNotCall }: CheckedContact, text: string): Cause | null {
    const { broadcast, settings, sandbox } = this.#options;
    if (optedOut) return 'opted_out';
    if (doNotCall) return 'do_not_call';
    if (broadcast.media !== 'mail' && !mayDial(address, settings, { sandbox }).ok) return 'forbidden_number';
    return broadcast.media === 'sms' && text.trim() === '' ? 'empty_text' : null;
  }

  #measure(text: string): void {
    const { broadcast, settings } = this.#options;
    if (broadcast.media !== 'sms') return;
    if (this.#last?.text !== text) this.#last = { text, sms: smsParts(text) };
    const { encoding, parts } = this.#last.sms;
    this.#encodings[encoding]++;
    this.#messages += parts.length;
    this.#mostParts = Math.max(this.#mostParts, parts.length);
    if (parts.length > settings.maxSmsParts) this.#tooLong++;
  }
}
