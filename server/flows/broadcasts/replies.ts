// Messages from contacts: matched to the attempt that they answer, within the space's window; kept as unmatched else.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from '../../channels/message.ts';
import { whenAnswered } from '../../domain/contacts/attempt.ts';
import { answeredBy } from '../../domain/contacts/replies.ts';
import { fateOf, noRetry } from '../../domain/contacts/retry.ts';
import { asksToStop } from '../../domain/contacts/stop-words.ts';
import type { SpaceSettings } from '../../domain/directory.ts';
import { after, type AttemptId, type SpaceId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import { attemptsByAddress } from '../../store/contact-attempts.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { ContactMoves } from './contact-moves.ts';
import { moveOf } from './fates.ts';
import type { RecentMessages } from './recent-messages.ts';

export interface RepliesOptions {
  db: Database;
  journal: Pick<Journal, 'append'>;
  attempts: AttemptLog;
  moves: ContactMoves;
  recent: RecentMessages;
  settings: (space: SpaceId) => SpaceSettings | undefined;
  clock: Clock;
}

/** Before the projection has the attempt, a contact may answer another process than the one that sent to him. */
const looksAfterMs = [250, 750, 1_500];
/** Beyond it messages are refused, and the carrier sends them again later. */
const mostWaiting = 10_000;

export class Replies {
  readonly #options: RepliesOptions;
  #waiting = 0;

  constructor(options: RepliesOptions) {
    this.#options = options;
  }

  /** `own`: the number under which its channel sends, if it was given one. Resolves when it is kept. */
  async take(space: SpaceId, message: IncomingMessage, own: string | null): Promise<void> {
    const settings = this.#options.settings(space);
    if (!settings) throw new AppError('request.not_found', 'The space of the channel is gone.');
    if (this.#waiting >= mostWaiting) throw new AppError('journal.full', 'Too many replies wait for their message.');
    const optedOut = asksToStop(message.text, settings.stopWords);
    this.#waiting++;
    try {
      const attempt = await this.#match(settings, message, own);
      if (attempt === null) await this.#keepUnmatched(space, message, optedOut);
      else await this.#write(space, attempt, message, optedOut);
    } finally {
      this.#waiting--;
    }
  }

  async #match(
    { id: space, replyWindowMs }: SpaceSettings,
    message: IncomingMessage,
    own: string | null,
  ): Promise<AttemptId | null> {
    const { db, clock, recent } = this.#options;
    const { media, from: address, to, channel, at } = message;
    const about = { media, address, sender: to, channel, since: after(at, -replyWindowMs) };
    for (const waitMs of [0, ...looksAfterMs]) {
      if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      const kept = (await attemptsByAddress(db, space, about)).map(({ id, begunAt, about: facts }) => ({
        ...{ id, begunAt, from: facts.from, channel: facts.channel },
      }));
      const attempt = answeredBy([...recent.answerable(space, about), ...kept], { to, channel, own });
      if (attempt !== null) return attempt;
    }
    return null;
  }

  async #write(space: SpaceId, attempt: AttemptId, message: IncomingMessage, optedOut: boolean): Promise<void> {
    const { attempts, moves } = this.#options;
    const { at, channel, to, text } = message;
    const { state } = await attempts.write(space, attempt, (before) =>
      whenAnswered(before, { attempt, at, channel, to, text, optedOut }),
    );
    const contact = state.about?.contact;
    const move = contact && moveOf({ space, contact, attempt }, fateOf(state, noRetry));
    if (move) await moves.add({ ...move, heard: true });
  }

  async #keepUnmatched(space: SpaceId, message: IncomingMessage, optedOut: boolean): Promise<void> {
    const reply = randomBytes(12).toString('hex');
    const { at, media, channel, from, to, text } = message;
    const event = { type: 'reply.unmatched' as const, reply, at, media, channel, from, to, text, optedOut };
    await this.#options.journal.append({
      space,
      streams: [{ stream: `reply:${reply}`, expected: 0, events: [event] }],
    });
  }
}
