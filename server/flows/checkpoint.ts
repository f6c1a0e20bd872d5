// A floor is folded from its space's events. So that a start does not read them all, a follower keeps an image of each
// floor every so many events; a start takes the image and folds what came after.
import { Floor, type FloorImage } from '../domain/floor.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Follower, Journal, Recorded } from '../journal/journal.ts';
import type { Transaction } from '../platform/db.ts';

/** Raised when an image written before can no longer be read; all is folded anew then. */
const format = 2;
/** Some seconds of a busy space, and a fifth of a second to fold at a start. An image of some hundred calls is a megabyte:
 *  written each second, it held up the calls. */
const eventsBetweenImages = 10_000;
const pageSize = 2_000;

export interface Checkpoint {
  seq: number;
  image: FloorImage;
}

export async function readCheckpoint(db: Transaction, space: SpaceId): Promise<Checkpoint | undefined> {
  const { rows } = await db.query<{ seq: string; image: FloorImage }>(
    'select seq, image from floor_checkpoints where space_id = $1 and format = $2',
    [space, format],
  );
  const [row] = rows;
  return row && { seq: Number(row.seq), image: row.image };
}

/** The floor as the journal tells it now. */
export async function recoverFloor(
  journal: Journal,
  space: SpaceId,
  checkpoint: Checkpoint | undefined,
): Promise<{ floor: Floor; seq: number }> {
  const floor = checkpoint ? Floor.fromImage(checkpoint.image) : new Floor();
  let seq = checkpoint?.seq ?? 0;
  for (;;) {
    const page = await journal.readSpace(space, seq, pageSize);
    for (const recorded of page) floor.apply(recorded.event);
    seq = page.at(-1)?.seq ?? seq;
    if (page.length < pageSize) return { floor, seq };
  }
}

interface Folded {
  floor: Floor;
  seq: number;
  imageSeq: number;
}

/** Folds every space along with the journal and writes the images. */
export class CheckpointFollower implements Follower {
  readonly name = 'floor-checkpoints';
  readonly #journal: Journal;
  readonly #folded = new Map<SpaceId, Folded>();

  constructor(options: { journal: Journal }) {
    this.#journal = options.journal;
  }

  async apply(tx: Transaction, events: readonly Recorded[]): Promise<void> {
    const [first] = events;
    if (!first) return;
    const { space } = first;
    const folded = await this.#foldedBefore(tx, space, first.seq);
    // Folded again should the transaction fail: the space is forgotten until it has gone well.
    this.#folded.delete(space);
    for (const recorded of events) folded.floor.apply(recorded.event);
    folded.seq = events.at(-1)?.seq ?? folded.seq;
    if (folded.seq - folded.imageSeq >= eventsBetweenImages) {
      await writeCheckpoint(tx, space, { seq: folded.seq, image: folded.floor.image() });
      folded.imageSeq = folded.seq;
    }
    this.#folded.set(space, folded);
  }

  async #foldedBefore(tx: Transaction, space: SpaceId, seq: number): Promise<Folded> {
    const known = this.#folded.get(space);
    if (known && known.seq === seq - 1) return known;
    const checkpoint = await readCheckpoint(tx, space);
    const usable = checkpoint && checkpoint.seq < seq ? checkpoint : undefined;
    const floor = usable ? Floor.fromImage(usable.image) : new Floor();
    let at = usable?.seq ?? 0;
    while (at < seq - 1) {
      const page = await this.#journal.readSpace(space, at, Math.min(pageSize, seq - 1 - at));
      if (page.length === 0) throw new Error(`The journal of space ${space} has no event ${at + 1}.`);
      for (const recorded of page) floor.apply(recorded.event);
      at = page.at(-1)?.seq ?? at;
    }
    return { floor, seq: at, imageSeq: usable?.seq ?? 0 };
  }
}

async function writeCheckpoint(tx: Transaction, space: SpaceId, { seq, image }: Checkpoint): Promise<void> {
  await tx.query(
    `insert into floor_checkpoints (space_id, seq, format, image) values ($1, $2, $3, $4)
     on conflict (space_id) do update set seq = excluded.seq, format = excluded.format, image = excluded.image`,
    [space, seq, format, JSON.stringify(image)],
  );
}
