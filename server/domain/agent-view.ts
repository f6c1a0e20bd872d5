// An agent as people see him.
import type { Agent } from './agent.ts';
import type { AgentView } from './requests.ts';

export function agentView(agent: Agent): AgentView {
  const { session, phone } = agent;
  return {
    user: agent.user,
    state: session.state,
    pause: session.state === 'paused' ? session.pause : null,
    phone: shown(agent),
    call: 'call' in phone ? phone.call : null,
    since: agent.since,
  };
}

function shown({ phone, reachable }: Agent): AgentView['phone'] {
  switch (phone.at) {
    case 'free':
      return reachable ? 'free' : 'unreachable';
    case 'reserved':
      return 'ringing';
    case 'ringing':
    case 'calling':
    case 'connected':
    case 'wrap_up':
      return phone.at;
    default:
      return phone satisfies never;
  }
}
