// The actions that a customer's answer may hold, and how each is read from its element.
import { type Place, type Problem, shortened } from './problem.ts';

/** Texts and names are kept as they came, except where it says otherwise. `place`: where its element begins. */
export type ResponseAction = { place: Place } & (
  | { type: 'hangup' }
  /** 0 to 3600. */
  | { type: 'pause'; seconds: number }
  | { type: 'set_variable'; name: string; value: string }
  | { type: 'jump'; context: string; option: string }
  | { type: 'set_caller_id'; name: string; number: string }
  /** `file`: a sound's `filename`, trimmed. `digitVariable`: null: digits pressed meanwhile are not kept. */
  | { type: 'play_sound'; where: 'foreground'; file: string }
  | { type: 'play_sound'; where: 'background'; digitVariable: string | null; file: string }
  /** `timeoutS` at most 3600; null: the system's. `numbers`: as written; whether they can be dialled shows when they are. */
  | { type: 'simple_transfer'; numbers: string[]; final: boolean; timeoutS: number | null; earlyMedia: boolean }
);

export interface ActionElement {
  name: string;
  /** Without a prototype. */
  attributes: Readonly<Record<string, string>>;
  /** Text and CDATA inside it. */
  text: string;
  place: Place;
}

/** What reading an element says besides its action. */
export type Report = (severity: Problem['severity'], code: Problem['code'], message: string) => void;

export interface ActionKind {
  attributes: readonly string[];
  required: readonly string[];
  /** A required attribute that must be there and may be empty; the others are as good as absent then. */
  mayBeEmpty?: string;
  /** What is between its tags belongs to it. */
  hasText: boolean;
  /** Only called with every required attribute present. null: it is broken, and that has been reported. */
  read(element: ActionElement, report: Report): ResponseAction | null;
}

const defaultPauseS = 10;
const longestPauseS = 3_600;
/** Far beyond it no timer keeps time, and no phone rings. */
const longestRingS = 3_600;
/** Nobody means to ring more at once; a document of 64 KiB could name 30,000. */
export const mostNumbers = 50;

const setCaller: ActionKind = {
  attributes: ['name', 'number'],
  required: ['name', 'number'],
  mayBeEmpty: 'name', // A caller may be shown without a name.
  hasText: false,
  read: ({ attributes, place }) => ({
    type: 'set_caller_id',
    place,
    name: attributes['name'] ?? '',
    number: attributes['number'] ?? '',
  }),
};

/** By element. A Map, because `constructor` is a name that XML allows. */
export const actionKinds: ReadonlyMap<string, ActionKind> = new Map<string, ActionKind>([
  ['Hangup', { attributes: [], required: [], hasText: false, read: ({ place }) => ({ type: 'hangup', place }) }],
  ['Pause', { attributes: ['length'], required: [], hasText: false, read: readPause }],
  [
    'SetVar',
    {
      attributes: ['name'],
      required: ['name'],
      hasText: true,
      read: ({ attributes, text, place }) => ({
        type: 'set_variable',
        place,
        name: attributes['name'] ?? '',
        value: text,
      }),
    },
  ],
  [
    'Jump',
    {
      attributes: ['context', 'option'],
      required: ['context', 'option'],
      hasText: false,
      read: ({ attributes, place }) => ({
        type: 'jump',
        place,
        context: attributes['context'] ?? '',
        option: attributes['option'] ?? '',
      }),
    },
  ],
  ['SetCaller', setCaller],
  ['SetCallerId', setCaller],
  ['PlaySound', { attributes: ['where', 'digitvar'], required: [], hasText: true, read: readPlaySound }],
  [
    'SimpleTransfer',
    { attributes: ['final', 'timeout', 'early_media'], required: [], hasText: true, read: readSimpleTransfer },
  ],
]);

export function missingAttribute(kind: ActionKind, { attributes }: ActionElement): string | undefined {
  return kind.required.find((name) => {
    const value = attributes[name];
    return value === undefined || (value === '' && name !== kind.mayBeEmpty);
  });
}

function readPause({ attributes, place }: ActionElement, report: Report): ResponseAction {
  const length = attributes['length'];
  if (length === undefined) return { type: 'pause', place, seconds: defaultPauseS };
  if (!/^\d+$/.test(length)) {
    report(
      'warning',
      'unknown_value',
      `A pause of "${shortened(length)}" is no whole number of seconds; it is ${defaultPauseS}.`,
    );
    return { type: 'pause', place, seconds: defaultPauseS };
  }
  const seconds = Number(length);
  if (seconds > longestPauseS) report('warning', 'unknown_value', `A pause lasts ${longestPauseS} seconds at most.`);
  return { type: 'pause', place, seconds: Math.min(seconds, longestPauseS) };
}

function readPlaySound({ attributes, text, place }: ActionElement, report: Report): ResponseAction {
  const { where = 'foreground', digitvar } = attributes;
  const file = trimmed(text);
  if (where === 'background') return { type: 'play_sound', place, where, digitVariable: digitvar || null, file };
  if (where !== 'foreground') {
    report('warning', 'unknown_value', `"${shortened(where)}" is neither foreground nor background; it is foreground.`);
  }
  if (digitvar !== undefined) report('warning', 'ignored', 'digitvar needs where="background".');
  return { type: 'play_sound', place, where: 'foreground', file };
}

function readSimpleTransfer({ attributes, text, place }: ActionElement, report: Report): ResponseAction | null {
  const numbers = trimmed(text).split(',');
  if (numbers.some((number) => number === '' || /\s/.test(number))) {
    report('error', 'broken_numbers', 'The numbers must be separated by single commas, without spaces.');
    return null;
  }
  if (numbers.length > mostNumbers) {
    report('error', 'broken_numbers', `At most ${mostNumbers} numbers can be rung at once.`);
    return null;
  }
  const { timeout } = attributes;
  const seconds = timeout !== undefined && /^\d+$/.test(timeout) ? Number(timeout) : 0;
  if (timeout !== undefined && seconds === 0) {
    report('warning', 'unknown_value', `"${shortened(timeout)}" is no time limit in seconds; the system's is used.`);
  }
  if (seconds > longestRingS) report('warning', 'unknown_value', `Phones ring ${longestRingS} seconds at most.`);
  return {
    type: 'simple_transfer',
    place,
    numbers,
    final: attributes['final'] !== 'no',
    timeoutS: seconds === 0 ? null : Math.min(seconds, longestRingS),
    earlyMedia: attributes['early_media'] === 'True',
  };
}

/** Without XML's white space around it. By hand, because a regular expression anchored at the end takes quadratic time. */
function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

/** Nothing but XML's white space. */
export function isBlank(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isSpace(text.charCodeAt(at))) return false;
  return true;
}

const isSpace = (code: number): boolean => code === 32 || code === 9 || code === 10 || code === 13;
