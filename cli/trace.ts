// A trace as people read it: a line a step, with the time since the call entered the IVR.
import type { TriedIvr } from '../contract/rest/ivrs.ts';

type Step = TriedIvr['steps'][number];

export function traceText({ outcome, variables, steps }: TriedIvr): string {
  const lines = steps.flatMap((step) => {
    const told = said(step);
    return told === null ? [] : [`${(step.at_ms / 1_000).toFixed(3).padStart(9)}  ${told}`];
  });
  const held = Object.entries(variables).map(([name, value]) => `  ${name}=${value}`);
  return [...lines, '', `outcome: ${outcome}`, ...(held.length > 0 ? ['variables:', ...held] : []), ''].join('\n');
}

/** null: it adds nothing to what the lines around it say. */
function said(step: Step): string | null {
  const of = (name: string): string => text(step[name]);
  switch (step.type) {
    case 'ivr.entered':
      return `enters IVR ${of('ivr')} "${of('name')}", version ${of('version')}`;
    case 'ivr.option_taken':
      return `${of('context')}/${of('option')} (${[of('cause'), of('digits')].filter(Boolean).join(' ')})`;
    case 'ivr.action_begun':
      return `  ${of('action')}${step['from'] === 'answer' ? ` of the answer's line ${of('line')}` : ''}`;
    case 'ivr.variable_set':
      return `    ${of('name')} = ${of('value')}`;
    case 'ivr.caller_id_set':
      return `    the caller is ${of('number')} "${of('name')}" from here on`;
    case 'ivr.play_started':
      return `    plays ${of('sound')}`;
    case 'ivr.play_ended':
      return step['stopped_by'] === 'end' ? null : `    stopped by ${of('stopped_by')}`;
    case 'ivr.gathering':
      return `    waits for digits${of('ahead') && `, has ${of('ahead')}`}`;
    case 'ivr.digit':
      return `    ${of('digit')} is pressed`;
    case 'ivr.asked':
      return `    ${of('method')} ${of('url')}${of('body') && `\n${' '.repeat(15)}${of('body')}`}`;
    case 'ivr.answered':
      return `    ${answered(step)}`;
    case 'ivr.transfer_begun':
      return `    rings ${of('numbers')}`;
    case 'ivr.transfer_ended':
      return `    ${of('outcome')}`;
    case 'ivr.warned':
      return `    ! ${of('message')}${step['line'] === null ? '' : ` (line ${of('line')}, column ${of('column')})`}`;
    case 'ivr.left':
      return `leaves: ${of('cause')}${of('to') && `, to ${of('to')}`}`;
    case 'ivr.play_went_on':
    case 'ivr.pause_begun':
    case 'ivr.pause_ended':
    case 'ivr.gathered':
    case 'ivr.filler_started':
      return null;
    // A newer server knows more kinds.
    default:
      return JSON.stringify({ ...step, at_ms: undefined });
  }
}

interface Told {
  line: number;
  column: number;
  message: string;
}

function answered(step: Step): string {
  const error = step['error'] as { message: string } | null;
  const problems = (step['problems'] as Told[] | undefined) ?? [];
  const status = step['status'] === null ? 'no answer' : text(step['status']);
  return [
    `${status} in ${text(step['ms'])} ms${error ? `: ${error.message}` : ''}`,
    ...problems.map(({ line, column, message }) => `${' '.repeat(15)}! line ${line}, column ${column}: ${message}`),
  ].join('\n');
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(text).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
