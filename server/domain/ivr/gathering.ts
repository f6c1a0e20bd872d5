// Waiting for digits: for the option they choose, or for a variable.
import { after, type Instant } from '../ids.ts';
import type { Gathered } from './facts.ts';
import { isUndecided, takeChosen } from './options.ts';
import type { IvrStep } from './step.ts';

/** The option's actions are done: the context waits for digits, those typed ahead first. */
export function waitForOption(step: IvrStep): void {
  gather(step, { for: 'option' }, step.context?.digit_len ?? null);
}

export function recordDigits(step: IvrStep, variable: string, most: number): void {
  gather(step, { for: 'variable', variable }, most);
}

function gather(step: IvrStep, what: Gathered, most: number | null): void {
  const ahead = aheadFor(step, what, most);
  const waitMs = ahead === '' ? step.context?.timeout_ms : step.context?.inter_digit_timeout_ms;
  step.record({ type: 'ivr.gathering', what, most, ahead, until: after(step.now, waitMs ?? 0) });
  if (isComplete(step, what, ahead, most)) endGathering(step);
}

/** As many of the digits typed ahead as are wanted. */
function aheadFor(step: IvrStep, what: Gathered, most: number | null): string {
  const { typedAhead } = step.run;
  for (let length = 1; length < typedAhead.length; length++) {
    const digits = typedAhead.slice(0, length);
    if (isComplete(step, what, digits, most)) return digits;
  }
  return typedAhead;
}

function isComplete(step: IvrStep, what: Gathered, digits: string, most: number | null): boolean {
  if (digits === '') return false;
  if (most !== null) return digits.length >= most;
  return what.for === 'option' && !isUndecided(step, digits);
}

export function digitPressed(step: IvrStep, digit: string): void {
  const { activity } = step.run;
  if (activity.doing === 'playing' && activity.pressed.digits !== 'wait') {
    const { pressed, playback } = activity;
    step.command({ do: 'stopPlay', playback });
    const goOnAt = pressed.digits === 'cut' ? pressed.goOnAt : null;
    step.record({ type: 'ivr.play_ended', stoppedBy: 'digit', goOnAt });
    if (pressed.digits === 'fill') {
      const what: Gathered = { for: 'variable', variable: pressed.variable };
      const most = step.context?.digit_len ?? null;
      step.record({ type: 'ivr.gathering', what, most, ahead: '', until: nextDigitBy(step) });
    }
  }
  takeDigit(step, digit);
}

function takeDigit(step: IvrStep, digit: string): void {
  const { activity } = step.run;
  if (activity.doing !== 'gathering') return step.record({ type: 'ivr.digit', digit, until: null });
  const { what, most } = activity;
  step.record({ type: 'ivr.digit', digit, until: nextDigitBy(step) });
  if (isComplete(step, what, activity.digits + digit, most)) endGathering(step);
}

const nextDigitBy = (step: IvrStep): Instant => after(step.now, step.context?.inter_digit_timeout_ms ?? 0);

/** As many as wanted have come, or no more in time. A variable for which nothing was pressed keeps its value. */
export function endGathering(step: IvrStep): void {
  const { activity } = step.run;
  if (activity.doing !== 'gathering') return;
  const { what, digits } = activity;
  step.record({ type: 'ivr.gathered', digits });
  if (what.for === 'option') takeChosen(step, digits);
  else if (what.variable !== null && digits !== '') step.setVariable(what.variable, digits);
}
