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
  /** Told once of every question that is not given up. */
  answered(space: SpaceId, call: CallId, answer: Answer): void;
  background: Background;
}

/** More callers than one server serves; the next ones' IVRs go on without an answer. */
const mostAtOnce = 5_000;

export class Questions {
  readonly #options: QuestionsOptions;
  readonly #underWay = new Map<string, AbortController>();

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  /** Those whose answers will still come, by their `request`. */
  get underWay(): ReadonlySet<string> {
    return new Set(this.#underWay.keys());
  }

  ask(space: SpaceId, question: Question): void {
    const isTooMany = this.#underWay.size >= mostAtOnce;
    const stop = new AbortController();
    this.#underWay.set(question.request, stop);
    const asked = isTooMany ? Promise.resolve(tooMany) : this.#options.ask(question, stop.signal);
    this.#options.background.run("ask a customer's URL", this.#answer(space, question, asked));
  }

  /** Its call waits no longer. */
  giveUp(request: string): void {
    const stop = this.#underWay.get(request);
    this.#underWay.delete(request);
    stop?.abort();
  }

  close(): void {
    for (const request of [...this.#underWay.keys()]) this.giveUp(request);
  }

  async #answer(space: SpaceId, { request, call }: Question, asked: Promise<AnswerGiven>): Promise<void> {
    const { status, body, error } = await asked;
    if (this.#underWay.delete(request)) this.#options.answered(space, call, { request, status, body, error });
  }
}

const tooMany: AnswerGiven = {
  status: null,
  body: new Uint8Array(),
  error: { code: 'too_many_questions', message: `The server asks ${mostAtOnce} URLs already.` },
  ms: 0,
};
