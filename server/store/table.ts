// What the REST resources ask of a table, so that one set of routes serves them all.
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

/** Items after `after` (an id; 0: from the start), in the order of their ids, at most `limit`. */
export interface Slice {
  after: number;
  limit: number;
}

/** `Item` is what the REST shows. The space of an item decides who may see it: callers compare. */
export interface Table<Item extends { id: number }, Input, New = Input> {
  /** `space` null: of all spaces. */
  list(db: Transaction, space: SpaceId | null, slice: Slice): Promise<Item[]>;
  find(db: Transaction, id: number): Promise<Item | undefined>;
  insert(tx: Transaction, space: SpaceId, input: New): Promise<Item>;
  /** undefined: it is gone meanwhile. */
  replace(tx: Transaction, space: SpaceId, id: number, input: Input): Promise<Item | undefined>;
  /** False: it is gone already. */
  remove(tx: Transaction, space: SpaceId, id: number): Promise<boolean>;
}
