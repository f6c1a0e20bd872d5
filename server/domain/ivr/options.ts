// Which option comes next: entered, jumped to, chosen by digits, or by silence.
import { type ContextId, contextOf, type OptionKey, optionOf } from './definition.ts';
import type { OptionCause } from './facts.ts';
import { optionsTakenAt, placeName } from './run.ts';
import type { IvrStep } from './step.ts';

/** An option that is missing hangs up; one that is taken again without a wait is a loop and hangs up as well. */
export function takeOption(
  step: IvrStep,
  context: ContextId,
  option: OptionKey,
  cause: OptionCause,
  digits: string | null = null,
): void {
  if (!optionOf(contextOf(step.place.definition, context), option)) {
    step.warn('option_missing', `Context ${context} has no option ${option}, so the call is hung up.`);
    return step.hangUp('option_missing');
  }
  const taken = optionsTakenAt(step.run, step.now);
  const place = placeName(context, option);
  if (taken.includes(place)) {
    const circle = [...taken.slice(taken.indexOf(place)), place].join(' → ');
    step.warn('loop', `${circle} goes round without ever waiting for the caller, so the call is hung up.`);
    return step.hangUp('loop');
  }
  step.record({ type: 'ivr.option_taken', context, option, cause, digits });
}

/** The digits that were gathered choose. */
export function takeChosen(step: IvrStep, digits: string): void {
  const { context } = step.run;
  if (digits === '') return takeOption(step, context, 'timeout', 'timeout');
  if (optionOf(step.context, digits)) return takeOption(step, context, digits, 'digits', digits);
  takeOption(step, context, 'invalid', 'invalid', digits);
}

/** More digits could still mean another option. */
export function isUndecided(step: IvrStep, digits: string): boolean {
  const keys = step.context?.options.map(({ key }) => key) ?? [];
  return !keys.includes(digits) || keys.some((key) => key.length > digits.length && key.startsWith(digits));
}
