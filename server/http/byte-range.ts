// RFC 9110 §14: the part of a sound that a browser asks for. Safari plays nothing that has no parts, and nobody can skip
// in it.

/** Offsets, both inside. */
export interface ByteRange {
  from: number;
  to: number;
}

/** null: the whole is to be sent, as for several ranges at once or one that lies behind the end. */
export function rangeAsked(header: string | undefined, size: number): ByteRange | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return from <= to ? { from, to } : null;
}
