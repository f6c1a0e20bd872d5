// A call leaves its IVR because it ends, and not by what the IVR does.
import type { IvrDefinition } from '../ivr/definition.ts';
import type { InIvr } from '../in-ivr.ts';
import { ivrVersionKey } from '../directory.ts';
import type { CallId } from '../ids.ts';
import type { IvrPlace } from '../ivr/step.ts';
import { takeIvrInput } from '../ivr/take.ts';
import { worldOf } from '../ivr/world.ts';
import type { Step } from '../step.ts';

export function leaveIvr(step: Step, id: CallId, input: { input: 'callerGone' } | { input: 'callEnded' }): void {
  const { stage } = step.call(id);
  if (stage.at !== 'ivr') return;
  const { facts, commands } = takeIvrInput(stage.run, input, placeOf(step, stage.run));
  for (const fact of facts) step.ofCall(id, fact);
  for (const command of commands) if (command.do === 'giveUpAsking') step.command(command);
}

/** Of an IVR that was deleted: whoever is in it finds no option any more, and is hung up. */
const noIvr: IvrDefinition = { entry_context: '', contexts: [] };

export function placeOf({ now, directory }: Step, run: Pick<InIvr['run'], 'ivr' | 'version'>): IvrPlace {
  return { now, definition: directory.ivrVersions.get(ivrVersionKey(run)) ?? noIvr, world: worldOf(directory) };
}
