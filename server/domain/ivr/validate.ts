// Is an IVR whole? What cannot work is an error and keeps it from being published; what may be meant is a warning.
import {
  contextOf,
  type IvrAction,
  type IvrContext,
  type IvrDefinition,
  type IvrOption,
  optionOf,
  type SoundRef,
} from './definition.ts';
import { findDeadEnds, reachableContexts } from './ways-out.ts';

export type FindingCode =
  | 'duplicate'
  | 'unknown_context'
  | 'unknown_option'
  | 'missing_sound'
  | 'unknown_queue'
  | 'no_way_out'
  | 'bad_url'
  | 'variable_not_replaced'
  | 'no_start'
  | 'never_runs'
  | 'only_by_customer_jump'
  | 'unreachable';

export interface Finding {
  severity: 'error' | 'warning';
  /** From the IVR's document: `contexts.0.options.2.actions.1.sound`. */
  path: string;
  code: FindingCode;
  message: string;
}

/** What the space has that an IVR can refer to. */
export interface Known {
  hasSound(sound: SoundRef): boolean;
  hasQueue(queue: number): boolean;
}

/** In the order of the document. */
export function validateIvr(ivr: IvrDefinition, known: Known): Finding[] {
  const findings: Finding[] = [];
  const note: Note = (severity, path, code, message) => findings.push({ severity, path, code, message });
  checkEntry(ivr, note);
  checkDuplicates(
    ivr.contexts.map(({ id }) => String(id)),
    (at) => note('error', `contexts.${at}.id`, 'duplicate', 'has another context already'),
  );
  ivr.contexts.forEach((context, at) => checkContext(ivr, context, `contexts.${at}`, known, note));
  checkReach(ivr, note);
  return findings;
}

type Note = (severity: Finding['severity'], path: string, code: FindingCode, message: string) => void;

function checkEntry(ivr: IvrDefinition, note: Note): void {
  const entry = contextOf(ivr, ivr.entry_context);
  if (!entry) return note('error', 'entry_context', 'unknown_context', `names no context: ${ivr.entry_context}`);
  if (optionOf(entry, 'start')) return;
  note('warning', 'entry_context', 'no_start', 'has no option start, so that every call is hung up at once');
}

function checkDuplicates(values: readonly string[], tell: (at: number) => void): void {
  const seen = new Set<string>();
  values.forEach((value, at) => {
    if (seen.has(value)) tell(at);
    seen.add(value);
  });
}

function checkContext(ivr: IvrDefinition, context: IvrContext, path: string, known: Known, note: Note): void {
  checkDuplicates(
    context.options.map(({ key }) => key),
    (at) => note('error', `${path}.options.${at}.key`, 'duplicate', 'has another option already'),
  );
  context.options.forEach((option, at) => {
    const optionPath = `${path}.options.${at}`;
    option.actions.forEach((action, index) => checkAction(ivr, action, `${optionPath}.actions.${index}`, known, note));
    checkOrder(option, optionPath, note);
  });
}

function checkAction(ivr: IvrDefinition, action: IvrAction, path: string, known: Known, note: Note): void {
  switch (action.type) {
    case 'play_sound':
      if (!known.hasSound(action.sound)) noteMissingSound(`${path}.sound`, action.sound, note);
      return;
    case 'call_interactive':
      if (action.filler_sound !== null && !known.hasSound(action.filler_sound)) {
        noteMissingSound(`${path}.filler_sound`, action.filler_sound, note);
      }
      return checkUrl(action.url, `${path}.url`, note);
    case 'queue':
      if (!known.hasQueue(action.queue_id)) {
        note('error', `${path}.queue_id`, 'unknown_queue', `names no queue of the space: ${action.queue_id}`);
      }
      return;
    case 'jump': {
      const target = contextOf(ivr, action.context);
      if (!target) {
        note('error', `${path}.context`, 'unknown_context', `names no context: ${action.context}`);
      } else if (!optionOf(target, action.option)) {
        note(
          'error',
          `${path}.option`,
          'unknown_option',
          `is no option of context ${action.context}: ${action.option}`,
        );
      }
      return;
    }
    case 'play_digits':
    case 'record_digits':
    case 'set_variable':
    case 'set_caller_id':
    case 'transfer':
    case 'simple_transfer':
    case 'transfer_from_variable':
    case 'pause':
    case 'hangup':
      return;
    default:
      return action satisfies never;
  }
}

function noteMissingSound(path: string, sound: SoundRef, note: Note): void {
  note('error', path, 'missing_sound', `names no sound of the space: ${sound}`);
}

function checkUrl(url: string, path: string, note: Note): void {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    return note('error', path, 'bad_url', 'must be an http or https URL');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return note('error', path, 'bad_url', 'must not hold a user or password');
  }
  const [withoutQuery = ''] = url.split(/[?#]/, 1);
  if (/\$[A-Za-z_]/.test(withoutQuery)) {
    note('warning', path, 'variable_not_replaced', 'holds a variable outside its query, where none is replaced');
  }
}

const lastActions: readonly IvrAction['type'][] = ['jump', 'hangup', 'queue'];

function checkOrder({ actions }: IvrOption, path: string, note: Note): void {
  const last = actions.findIndex(
    (action) => lastActions.includes(action.type) || (action.type === 'simple_transfer' && action.final),
  );
  if (last < 0 || last === actions.length - 1) return;
  note('warning', `${path}.actions.${last + 1}`, 'never_runs', `comes after ${actions[last]!.type} and never runs`);
}

function checkReach(ivr: IvrDefinition, note: Note): void {
  const reached = reachableContexts(ivr);
  const asksCustomer = ivr.contexts
    .filter((context) => reached.has(context))
    .some(({ options }) => options.some(({ actions }) => actions.some(({ type }) => type === 'call_interactive')));
  const deadEnds = findDeadEnds(ivr);
  ivr.contexts.forEach((context, at) => {
    const path = `contexts.${at}`;
    if (deadEnds.has(context)) {
      note('error', path, 'no_way_out', 'has no way to an end: whoever comes here stays until he hangs up');
    }
    if (reached.has(context)) return;
    if (asksCustomer) note('warning', path, 'only_by_customer_jump', "can only be reached by a customer's Jump");
    else note('warning', path, 'unreachable', 'is never reached');
  });
}
