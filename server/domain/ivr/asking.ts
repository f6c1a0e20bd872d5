// Call Interactive in a run: the customer's URL is asked, his answer's actions run, the IVR goes on.
import type { ResponseAction } from '../call-interactive/actions.ts';
import { textOf } from '../call-interactive/charset.ts';
import { requestOf } from '../call-interactive/request.ts';
import { readResponse } from '../call-interactive/response.ts';
import { after } from '../ids.ts';
import { contextOf, type IvrAction, optionOf } from './definition.ts';
import { takeOption } from './options.ts';
import type { IvrStep } from './step.ts';
import { ringAll } from './transfers.ts';

export const mostRounds = 50;
/** An answer that nobody brings, because the server went down meanwhile, is given up so long after its time. */
const answerGraceMs = 1_000;
const tracedBytes = 4 * 1_024;

export function ask(step: IvrStep, action: Extract<IvrAction, { type: 'call_interactive' }>): void {
  const { run, now, place } = step;
  if (run.rounds >= mostRounds) {
    return step.warn('too_many_rounds', `The call has asked ${mostRounds} times already; it asks no more.`);
  }
  const request = requestOf(action, { ...run.caller, caller: run.callerId }, run.variables);
  if (!request) return step.warn('bad_url', 'With its variables the URL cannot be asked: it is too long, or none.');
  const id = `${run.caller.legId}-${run.rounds + 1}`;
  const timeoutMs = action.timeout_s * 1_000;
  const filler = action.filler_sound === null ? null : place.world.sound(action.filler_sound);
  const until = after(now, timeoutMs + answerGraceMs);
  step.record({ type: 'ivr.asked', request: id, ...request, timeoutMs, until, filler: filler?.name ?? null });
  step.command({ do: 'ask', request: id, ...request, timeoutMs });
  playFiller(step);
}

/** Shorter than any sound: the engine could not play it. */
const noSoundMs = 500;

/** Again and again until the answer is there. */
export function fillerEnded(step: IvrStep): void {
  const { activity } = step.run;
  const since = activity.doing === 'asking' ? activity.filler?.since : null;
  if (since !== null && since !== undefined && step.now - since >= noSoundMs) playFiller(step);
}

export function playFiller(step: IvrStep): void {
  const { activity } = step.run;
  if (activity.doing !== 'asking' || !activity.filler) return;
  const playback = step.nextPlayback();
  step.record({ type: 'ivr.filler_started', playback });
  step.command({ do: 'play', playback, sound: activity.filler.sound });
}

/** What came back. `status` null: nothing. `error`: why it is not whole; a timeout, a refused address, too long. */
export interface Answer {
  request: string;
  status: number | null;
  body: Uint8Array;
  error: { code: string; message: string } | null;
}

/** Anything but a whole 2xx holds no action. An answer to a request that nobody waits for any more is ignored. */
export function takeAnswer(step: IvrStep, { request, status, body, error }: Answer): void {
  const { activity } = step.run;
  if (activity.doing !== 'asking' || activity.request !== request) return;
  if (activity.filler) step.command({ do: 'stopPlay', playback: activity.filler.playback });
  const isGood = error === null && status !== null && status >= 200 && status < 300;
  const { actions, problems, text } = isGood ? readResponse(body) : { ...textOf(body), actions: [], problems: [] };
  step.record({
    type: 'ivr.answered',
    request,
    status,
    ms: step.now - activity.since,
    body: traced(text),
    error,
    actions,
    problems,
  });
}

/** Its beginning, fit for the journal: at most 4 KiB of UTF-8, without NUL, which PostgreSQL does not store. */
function traced(text: string): string {
  const bytes = new Uint8Array(tracedBytes);
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return text.slice(0, read).toWellFormed().replaceAll('\0', '\uFFFD');
}

export function runAnswerAction(step: IvrStep, action: ResponseAction): void {
  const { place: at } = action;
  switch (action.type) {
    case 'hangup':
      return step.hangUp('hung_up');
    case 'pause':
      return pause(step, action.seconds);
    case 'set_variable':
      return step.setVariable(action.name, action.value, at);
    case 'set_caller_id':
      return step.record({ type: 'ivr.caller_id_set', name: action.name, number: action.number });
    case 'jump': {
      const target = contextOf(step.place.definition, action.context);
      if (optionOf(target, action.option)) return takeOption(step, target!.id, action.option, 'jumped');
      return step.warn('unknown_target', `The IVR has no option ${action.option} in a context ${action.context}.`, at);
    }
    case 'play_sound':
      return step.playSound(
        action.file,
        action.where === 'background' ? { digits: 'fill', variable: action.digitVariable } : { digits: 'wait' },
        at,
      );
    case 'simple_transfer': {
      const { numbers, final, earlyMedia, timeoutS } = action;
      return ringAll(step, { numbers, final, earlyMedia, timeoutMs: timeoutS === null ? null : timeoutS * 1_000 }, at);
    }
    default:
      return action satisfies never;
  }
}

/** No seconds are no wait. */
export function pause(step: IvrStep, seconds: number): void {
  if (seconds > 0) step.record({ type: 'ivr.pause_begun', until: after(step.now, seconds * 1_000) });
}
