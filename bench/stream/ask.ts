// The parent asks, a child process answers, one question at a time.
import { type ChildProcess, fork } from 'node:child_process';

export type Answers = Record<string, (argument: never) => Promise<unknown>>;

/** In the child. */
export function answerAll(answers: Answers): void {
  process.on('message', ({ question, argument }: { question: string; argument: never }) => {
    const tell = (answer: unknown) => process.send?.({ answer });
    const die = (error: unknown) => {
      console.error(error);
      process.exit(1);
    };
    answers[question]!(argument).then(tell, die);
  });
  process.on('disconnect', () => process.exit(0));
}

export class Child {
  readonly #process: ChildProcess;

  constructor(file: string, args: readonly string[]) {
    this.#process = fork(new URL(file, import.meta.url), args);
  }

  /** Rejects when the child dies. */
  ask<T>(question: string, argument: unknown = null): Promise<T> {
    return new Promise((resolve, reject) => {
      const died = () => reject(new Error(`The process died when it was asked ${question}.`));
      this.#process.once('exit', died);
      this.#process.once('message', ({ answer }: { answer: T }) => {
        this.#process.off('exit', died);
        resolve(answer);
      });
      this.#process.send({ question, argument });
    });
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.disconnect();
    });
  }
}
