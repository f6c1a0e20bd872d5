// An event's data as REST shows it: named in snake_case, and without a number that could be a moment or a duration.

/** Which fields are moments and not durations. */
const moments = new Set(['callSince', 'until', 'overflowAt']);
/** Their keys are names that somebody chose: an IVR's variables, a contact's own fields. */
const verbatim = new Set(['variables', 'custom']);

/** `shownMoment`: of an instant in milliseconds, as the reader is told it. */
export function shownData(data: object, shownMoment: (at: number) => string | number): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(data)) {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (verbatim.has(key)) shown[name] = value;
    else if (moments.has(key) && typeof value === 'number') shown[name] = shownMoment(value);
    else shown[name] = shownValue(value, shownMoment);
  }
  return shown;
}

function shownValue(value: unknown, shownMoment: (at: number) => string | number): unknown {
  if (Array.isArray(value)) return value.map((one) => shownValue(one, shownMoment));
  return typeof value === 'object' && value !== null ? shownData(value, shownMoment) : value;
}
