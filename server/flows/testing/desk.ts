// A call centre that a test can read: agents and callers by name, on a running centre (test-centre.ts).
import type { Party } from '../../channels/voice/simulated/party.ts';
import { carrier, didOf } from '../../domain/testing/space.ts';
import { Agent } from './agent.ts';
import { Caller, callerOn } from './caller.ts';
import { type CentrePlan, TestCentre } from './test-centre.ts';

/** Started; every agent's phone is registered and, unless the plan says otherwise, every agent is logged in. */
export async function startDesk(plan: CentrePlan): Promise<Desk> {
  const desk = new Desk(plan);
  await desk.start();
  for (const agent of plan.agents ?? []) {
    const { name, begins } = typeof agent === 'string' ? { name: agent, begins: undefined } : agent;
    desk.agent(name).phone.reachable(true);
    await desk.advance(0);
    if (begins !== 'logged out') await desk.agent(name).becomes('available');
  }
  await desk.advance(0);
  return desk;
}

export class Desk extends TestCentre {
  agent(name: string): Agent {
    return new Agent(this, this.userNamed(name));
  }

  /** Somebody calls an agent, a queue or a route extension by its DID. */
  async callIn(to: string, { from = '+33140000000' }: { from?: string } = {}): Promise<Caller> {
    const party = this.engine.trunk(carrier).callIn({ from, did: didOf(this.numberOf(to)) });
    await this.advance(0);
    return this.callerOn(party);
  }

  callerOn(party: Party): Caller {
    return callerOn(this, party);
  }
}
