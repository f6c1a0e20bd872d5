// The desk: logging in and out, pauses, and whether the phone can be reached.
import { AppError } from '../../errors.ts';
import type { AgentStateName } from '../requests.ts';
import type { ExtensionId, UserId } from '../ids.ts';
import type { Step } from '../step.ts';
import { withdrawOffers } from './queueing.ts';

export function setAgentState(step: Step, user: UserId, state: AgentStateName, pause: string | null): void {
  if (!isAgent(step, user)) throw new AppError('request.not_found', `User ${user} is no agent of this space.`);
  const { session } = step.agent(user);
  switch (state) {
    case 'available':
      if (session.state === 'logged_out') logIn(step, user);
      else if (session.state === 'paused') step.ofAgent(user, { type: 'agent.resumed' });
      if (step.agent(user).phone.at === 'wrap_up') step.ofAgent(user, { type: 'agent.wrap_up_ended' });
      return;
    case 'paused':
      if (pause === null || !step.directory.pauses.has(pause)) {
        throw new AppError('agent.unknown_pause', `No pause ${pause ?? '(none given)'}.`, {
          errors: [{ path: 'pause_id', message: 'one of user0…user15' }],
        });
      }
      if (session.state === 'logged_out') logIn(step, user);
      if (session.state === 'paused' && session.pause === pause) return;
      withdrawOffers(step, user);
      return step.ofAgent(user, { type: 'agent.paused', pause, reason: 'asked' });
    case 'logged_out':
      return logOut(step, user);
    default:
      return state satisfies never;
  }
}

/** Who has the role, or a phone that a queue may ring. */
function isAgent({ directory }: Step, user: UserId): boolean {
  return directory.users.get(user)?.role === 'agent' || (directory.users.has(user) && directory.phoneOf.has(user));
}

function logIn(step: Step, user: UserId): void {
  step.ofAgent(user, { type: 'agent.logged_in' });
}

function logOut(step: Step, user: UserId): void {
  if (step.agent(user).session.state === 'logged_out') return;
  withdrawOffers(step, user);
  step.ofAgent(user, { type: 'agent.logged_out' });
}

/** Nobody else could log out a user who has been deleted. */
export function logOutTheDeleted(step: Step): void {
  for (const { user } of [...step.floor.agents()]) if (!step.directory.users.has(user)) logOut(step, user);
}

export function phoneReachable(step: Step, extensionId: ExtensionId, reachable: boolean): void {
  const extension = step.directory.extensions.get(extensionId);
  if (extension?.type !== 'phone' || extension.user === null) return;
  if (step.agent(extension.user).reachable === reachable) return;
  step.ofAgent(extension.user, { type: reachable ? 'agent.phone_reachable' : 'agent.phone_unreachable' });
}
