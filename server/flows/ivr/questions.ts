// Questions of calls to customers' URLs: from the moment when the asking is in the journal to the answer, which is an
// input of the call. They live in memory only: one that a restart cuts off is not asked again (domain/ivr/resuming.ts).
import type { Question } from '../../domain/commands.ts';
import type { CallId, SpaceId } from '../../domain/ids.ts';
import type { Answer } from '../../domain/ivr/asking.ts';
import type { AnswerGiven } from '../../domain/ivr/rehearsal.ts';
import type { Background } from '../../platform/background.ts';

export interface QuestionsOptions {
  /** Ends in the question's own limit of time, whatever the URL does; at once when the signal is aborted. */
  ask(question: Question, signal: AbortSignal): Promise<AnswerGiven>;
  /** Told once of every question that is not given up, as soon as `isHeard`. */
  answered(space: SpaceId, call: CallId, answer: Answer): void;
  /** Can what an answer wants of the voice engine be done now? Else it waits for `heardAgain`. */
  isHeard(space: SpaceId): boolean;
  background: Background;
}

interface Asked {
  space: SpaceId;
  call: CallId;
  stop: AbortController;
  /** null: it has not come yet. */
  answer: Answer | null;
}

/** More callers than one server serves; the next ones' IVRs go on without an answer. */
const mostAtOnce = 5_000;

export class Questions {
  readonly #options: QuestionsOptions;
  readonly #underWay = new Map<string, Asked>();

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  /** Those whose answers will still come, by their `request`. */
  get underWay(): ReadonlySet<string> {
    return new Set(this.#underWay.keys());
  }

  ask(space: SpaceId, question: Question): void {
    const isTooMany = this.#underWay.size >= mostAtOnce;
    const asked: Asked = { space, call: question.call, stop: new AbortController(), answer: null };
    this.#underWay.set(question.request, asked);
    const answer = isTooMany ? Promise.resolve(tooMany) : this.#options.ask(question, asked.stop.signal);
    this.#options.background.run("ask a customer's URL", this.#wait(question.request, asked, answer));
  }

  /** Its call waits no longer. */
  giveUp(request: string): void {
    const asked = this.#underWay.get(request);
    this.#underWay.delete(request);
    asked?.stop.abort();
  }

  /** The voice engine is back for this space. */
  heardAgain(space: SpaceId): void {
    for (const [request, asked] of [...this.#underWay]) {
      if (asked.space === space && asked.answer) this.#tell(request, asked, asked.answer);
    }
  }

  /** The space is gone, and its calls with it. */
  forget(space: SpaceId): void {
    for (const [request, asked] of [...this.#underWay]) if (asked.space === space) this.giveUp(request);
  }

  close(): void {
    for (const request of [...this.#underWay.keys()]) this.giveUp(request);
  }

  async #wait(request: string, asked: Asked, answering: Promise<AnswerGiven>): Promise<void> {
    const { status, body, error } = await answering;
    if (!this.#underWay.has(request)) return;
    asked.answer = { request, status, body, error };
    if (this.#options.isHeard(asked.space)) this.#tell(request, asked, asked.answer);
  }

  #tell(request: string, { space, call }: Asked, answer: Answer): void {
    this.#underWay.delete(request);
    this.#options.answered(space, call, answer);
  }
}

const tooMany: AnswerGiven = {
  status: null,
  body: new Uint8Array(),
  error: { code: 'too_many_questions', message: `The server asks ${mostAtOnce} URLs already.` },
  ms: 0,
};
