// Cursors are opaque to clients: base64url of the JSON of where the next page begins.
import { z } from 'zod';
import { fieldRefused } from './problem.ts';

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** What the cursor holds; undefined: from the start. Throws `request.invalid` for a cursor that is not ours. */
export function readCursor<Position>(schema: z.ZodType<Position>, cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const position = schema.safeParse(jsonOf(Buffer.from(cursor, 'base64url').toString()));
  if (!position.success) throw fieldRefused('cursor', 'is not one of ours');
  return position.data;
}

export const writeCursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');

/** `items` were read with a limit of one more than `limit`: it tells whether there is a next page. */
export function pageOfItems<Item>(items: Item[], limit: number, positionOf: (last: Item) => unknown): Page<Item> {
  const shown = items.slice(0, limit);
  const last = items.length > limit ? shown.at(-1) : undefined;
  return { items: shown, next_cursor: last === undefined ? null : writeCursor(positionOf(last)) };
}

/** The position of lists by id. */
export const IdPosition = z.int().min(0);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
