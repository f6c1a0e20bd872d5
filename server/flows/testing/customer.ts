// A customer whose script answers what a test says, in virtual time.
import type { Question } from '../../domain/commands.ts';
import type { AnswerGiven } from '../../domain/ivr/rehearsal.ts';
import type { Clock } from '../../platform/clock.ts';

/** A text alone: 200 with it, at once. */
export type Customer = (question: Question) => string | ScriptedAnswer;

export interface ScriptedAnswer {
  /** Default: 200. null: no answer. */
  status?: number | null;
  xml?: string;
  error?: { code: string; message: string } | null;
  /** Default: 0. */
  afterMs?: number;
}

export function answerOf(scripted: string | ScriptedAnswer, clock: Clock, signal: AbortSignal): Promise<AnswerGiven> {
  const {
    status = 200,
    xml = '',
    error = null,
    afterMs = 0,
  } = typeof scripted === 'string' ? { xml: scripted } : scripted;
  const answer: AnswerGiven = { status, body: new TextEncoder().encode(xml), error, ms: afterMs };
  const givenUp: AnswerGiven = {
    status: null,
    body: new Uint8Array(),
    error: { code: 'given_up', message: '' },
    ms: 0,
  };
  return new Promise((resolve) => {
    const timer = clock.after(afterMs, () => resolve(answer));
    signal.addEventListener('abort', () => {
      timer.cancel();
      resolve(givenUp);
    });
  });
}
