// How a text becomes text messages: which alphabet, and where it is cut when one message does not hold it.
import { septetsOfUnit } from './gsm7.ts';

export type SmsEncoding = 'gsm7' | 'ucs2';

export interface SmsParts {
  encoding: SmsEncoding;
  /** In their order; put together they are the text. An empty text is one empty part. */
  parts: readonly string[];
}

/** Of 140 octets: septets (3GPP TS 23.038 §6.1.2) or UTF-16 units; of a part, 6 octets go to its header (TS 23.040 §9.2.3.24.1). */
const capacity = { gsm7: { alone: 160, part: 153 }, ucs2: { alone: 70, part: 67 } } as const;

/**
 * The messages that carry `text`: septets of GSM 03.38 when its alphabet has every character, else UCS-2. No character
 * is torn apart: neither an extension character (ESC and septet) nor a surrogate pair.
 */
export function smsParts(text: string): SmsParts {
  const septets = septetCount(text);
  if (septets === null) return { encoding: 'ucs2', parts: ucs2Parts(text) };
  return { encoding: 'gsm7', parts: septets <= capacity.gsm7.alone ? [text] : gsm7Parts(text) };
}

/** Null: a character is not in the alphabet. */
function septetCount(text: string): number | null {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const septets = septetsOfUnit(text.charCodeAt(at));
    if (septets === 0) return null;
    count += septets;
  }
  return count;
}

function gsm7Parts(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let used = 0;
  for (let at = 0; at < text.length; at++) {
    const septets = septetsOfUnit(text.charCodeAt(at));
    if (used + septets > capacity.gsm7.part) {
      parts.push(text.slice(from, at));
      from = at;
      used = 0;
    }
    used += septets;
  }
  parts.push(text.slice(from));
  return parts;
}

/** The parts of a text that goes as UCS-2 in any case: what only the carrier's own alphabet lacks. */
export function ucs2Parts(text: string): string[] {
  if (text.length <= capacity.ucs2.alone) return [text];
  const parts: string[] = [];
  let from = 0;
  while (text.length - from > capacity.ucs2.part) {
    let to = from + capacity.ucs2.part;
    if (isHighSurrogate(text.charCodeAt(to - 1)) && isLowSurrogate(text.charCodeAt(to))) to--;
    parts.push(text.slice(from, to));
    from = to;
  }
  parts.push(text.slice(from));
  return parts;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
