// Answers as no customer writes them: grown from a grammar, then damaged. From a seed, so that each can be had again.

/** Pseudo-random numbers below `limit`, the same for the same seed (mulberry32). */
export function dice(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

type Dice = ReturnType<typeof dice>;

/** Document number `seed`: a third well-formed, the others damaged. */
export function anyDocument(seed: number): Uint8Array {
  const roll = dice(seed);
  const document = encoded(grown(roll), roll);
  if (seed % bigEvery === 0) return swollen(document, roll);
  return roll(3) === 0 ? document : damaged(document, roll);
}

const bigEvery = 250;
const mostBytes = 64 * 1_024;

/** A piece of it again and again, until it is as long as an answer may be. */
function swollen(document: Uint8Array, roll: Dice): Uint8Array {
  const at = roll(document.length);
  const piece = document.subarray(at, at + 1 + roll(30));
  return Buffer.concat([
    document.subarray(0, at),
    Buffer.alloc(mostBytes - document.length, piece),
    document.subarray(at),
  ]);
}

const pick = <T>(roll: Dice, from: readonly T[]): T => from[roll(from.length)]!;

const roots = [
  'Response',
  'Response',
  'Response',
  'Response',
  'Response',
  'Response',
  'response',
  'r:Response',
  'html',
];
const names =
  'Hangup Pause SetVar Jump SetCaller SetCallerId PlaySound SimpleTransfer Pause SetVar Dance constructor Ж'.split(' ');
const attributes =
  'length name context option number where digitvar final timeout early_media __proto__ xml:lang'.split(' ');
const values = [
  '',
  '0',
  '1',
  '15',
  '-1',
  '99999999999',
  'start',
  '3',
  'background',
  'foreground',
  'no',
  'True',
  'x',
  '&lt;',
  '&#65;',
  '"',
  'é',
  '😀',
  '$x',
  ' ',
];
const texts = [
  '',
  ' ',
  '101',
  '101,102',
  '101, 102',
  'NUM1,NUM2',
  ',',
  'a.wav',
  '\n  ',
  '<![CDATA[<&]]>',
  '<!-- c -->',
  '<?pi x?>',
  '&amp;',
  '&#x42;',
  'Жé😀',
  '<b>c</b>',
  ']]&gt;',
];
const declarations = [
  '',
  '',
  '',
  '<?xml version="1.0"?>',
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n',
  '<?xml version="1.1"?>',
  "<?xml version='1.0' encoding='ISO-8859-1'?>",
  '<?xml version="1.0" encoding="windows-1251"?>',
  '<?xml version="1.0" encoding="windows-1252"?>',
  '<?xml version="1.0" encoding="UTF-16"?>',
  '<?xml version="1.0" encoding="koi8-r"?>',
  '\uFEFF',
];

function grown(roll: Dice): string {
  const root = pick(roll, roots);
  const body = Array.from({ length: pick(roll, [0, 1, 1, 2, 3, 5, 10, 11, 40]) }, () => element(roll, 0)).join(
    pick(roll, ['', '\n  ']),
  );
  const around = () => pick(roll, ['', '', '', '', '\n', '<!-- c -->', '<?pi x?>']);
  return `${pick(roll, declarations)}${around()}<${root}>${body}</${root}>${around()}`;
}

/** As the manual writes them, with values that are drawn. */
const usual: readonly (readonly [name: string, attributes: readonly string[], texts: readonly string[]])[] = [
  ['Hangup', [], ['']],
  ['Pause', ['length'], ['']],
  ['SetVar', ['name'], ['1', ' a b ', '<![CDATA[<&]]>', '&lt;']],
  ['Jump', ['context', 'option'], ['']],
  ['SetCaller', ['name', 'number'], ['']],
  ['PlaySound', ['where', 'digitvar'], ['a.wav', ' a.wav ', 'missing.wav']],
  ['SimpleTransfer', ['final', 'timeout'], ['101', '101,102', 'NUM1,NUM2']],
];
const usualValues = ['1', '15', 'start', '3', 'background', 'no', 'x'];

function element(roll: Dice, depth: number): string {
  if (roll(12) === 0) return oddElement(roll, depth);
  const [name, own, inside] = pick(roll, usual);
  const start = `${name}${own.map((attribute) => ` ${attribute}="${pick(roll, usualValues)}"`).join('')}`;
  return `<${start}>${pick(roll, inside)}</${name}>`;
}

function oddElement(roll: Dice, depth: number): string {
  const name = pick(roll, names);
  const drawn = new Set(Array.from({ length: roll(4) }, () => pick(roll, attributes)));
  const own = [...drawn].map((attribute) => ` ${attribute}=${quoted(pick(roll, values), roll)}`).join('');
  if (roll(3) === 0) return `<${name}${own}/>`;
  const inner = depth < 4 && roll(3) === 0 ? oddElement(roll, depth + 1) : '';
  return `<${name}${own}>${pick(roll, texts)}${inner}${pick(roll, texts)}</${name}>`;
}

function quoted(value: string, roll: Dice): string {
  const quote = value.includes('"') || roll(5) === 0 ? "'" : '"';
  return `${quote}${value}${quote}`;
}

function encoded(text: string, roll: Dice): Uint8Array {
  const ways = [...Array<BufferEncoding>(12).fill('utf8'), 'latin1', 'utf16le'] as const;
  const way = pick(roll, ways);
  return Buffer.from(way === 'utf16le' && roll(2) === 0 ? `\uFEFF${text}` : text, way);
}

const fragments = [
  '<',
  '>',
  '&',
  ']]>',
  '<!DOCTYPE r>',
  '<!ENTITY a "b">',
  '&nbsp;',
  '\0',
  '\uFFFE',
  '</Response>',
  '<Response>',
  '<!--',
  '-->',
  '<![CDATA[',
  '"',
  '=',
  '%',
  '&#0;',
  '&#xD800;',
  '&#1114112;',
  '<?xml version="1.0"?>',
  '\u0085',
  '\r',
];

function damaged(document: Uint8Array, roll: Dice): Uint8Array {
  let bytes = Buffer.from(document);
  for (let wounds = 1 + roll(4); wounds > 0; wounds--) bytes = wounded(bytes, roll);
  return bytes;
}

function wounded(bytes: Buffer<ArrayBuffer>, roll: Dice): Buffer<ArrayBuffer> {
  if (bytes.length === 0) return bytes;
  const at = roll(bytes.length);
  const to = Math.min(bytes.length, at + 1 + roll(12));
  switch (roll(6)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(roll, fragments)), bytes.subarray(at)]);
    case 3:
      return bytes.subarray(0, at);
    case 4: {
      const flipped = Buffer.from(bytes);
      flipped[at] = roll(256);
      return flipped;
    }
    default:
      return Buffer.concat([bytes, Buffer.alloc(roll(200), bytes.subarray(at, to))]);
  }
}
