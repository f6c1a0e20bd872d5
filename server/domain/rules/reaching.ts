// Can somebody be led there now? Forwards, busy phones, full trunks, and the refusal that says why.
import { AppError } from '../../errors.ts';
import type { ExtensionSettings } from '../directory.ts';
import type { Step } from '../step.ts';
import { type Target, targetOf, type WhyNowhere } from '../targets.ts';
import { hasFreeChannel, isPhoneBusy } from './parties.ts';

/** A circle of forwards ends here. */
export const mostForwards = 5;

type PhoneExtension = ExtensionSettings & { type: 'phone' };

/** `forward` null: nobody else is named for that case. */
export type PhoneNow = { is: 'free' } | { is: 'always' | 'busy'; forward: string | null };

export function phoneNow(step: Step, extension: PhoneExtension): PhoneNow {
  const { forward, doNotDisturb } = extension;
  if (forward.always !== null) return { is: 'always', forward: forward.always };
  if (doNotDisturb || isPhoneBusy(step, extension)) return { is: 'busy', forward: forward.busy };
  return { is: 'free' };
}

/** Where `to` leads at this moment, forwards followed. Throws before anything happens, so that nobody who talks is
 *  led into nothing. */
export function reachableTarget(step: Step, to: string): Target {
  let target = targetOf(step.directory, to);
  for (let forwards = 0; target.kind === 'phone'; forwards++) {
    const phone = phoneNow(step, target.extension);
    if (phone.is === 'free') return target;
    if (phone.forward === null || forwards === mostForwards) {
      throw new AppError('agent.busy', `Extension ${target.extension.number} is busy.`);
    }
    target = targetOf(step.directory, phone.forward);
  }
  requireCallable(to, target);
  if (target.kind === 'queue' && !step.directory.queues.has(target.queue)) throw unreachableTarget(to, 'unknown');
  if (target.kind === 'outside' && !hasFreeChannel(step, target.trunk)) {
    throw new AppError('call.no_channel', 'The trunk has no free channel.');
  }
  return target;
}

type Callable = Exclude<Target, { kind: 'none' }>;

/** Throws if it leads nowhere, or to a number that may not be dialled. */
export function requireCallable(to: string, target: Target): asserts target is Callable {
  if (target.kind === 'none') throw unreachableTarget(to, target.why);
}

function notAllowed(to: string, message: string): AppError {
  return new AppError('call.not_allowed', `${to} may not be called from this space.`, {
    errors: [{ path: 'to', message }],
  });
}

function unreachableTarget(to: string, why: WhyNowhere): AppError {
  switch (why) {
    case 'unknown':
    case 'not_a_number':
    case 'too_long':
      return new AppError('call.unknown_target', `${to} leads nowhere.`, {
        errors: [{ path: 'to', message: why === 'too_long' ? 'is longer than any number' : 'unknown' }],
      });
    case 'no_trunk':
      return new AppError('call.no_trunk', `The space has no outbound trunk for ${to}.`);
    case 'prefix_not_allowed':
      return notAllowed(to, 'not among the allowed prefixes');
    case 'premium':
      return notAllowed(to, 'is a premium-rate number');
    case 'shared_cost':
      return notAllowed(to, 'is a shared-cost number');
    case 'satellite':
      return notAllowed(to, 'is a satellite or worldwide network');
    default:
      return why satisfies never;
  }
}
