// A call's stage in an IVR: the run, and the legs that ring at once for its simple transfer.
import type { CallEvent } from './events.ts';
import type { LegId } from './ids.ts';
import { evolveRun, type IvrRun } from './ivr/run.ts';
import { isIvrEvent } from './events.ts';

export interface InIvr {
  at: 'ivr';
  /** The leg that is in it. */
  served: LegId;
  run: IvrRun;
  /** Legs that ring at once for it; the first who answers has it. */
  targets: readonly LegId[];
  /** The one among them that it hears before anybody has answered. */
  heard: LegId | null;
}

export function inIvrAfter(stage: InIvr, event: CallEvent): InIvr {
  switch (event.type) {
    case 'phone.rung':
    case 'route.dialled':
      return { ...stage, targets: [...stage.targets, event.leg] };
    case 'leg.early_media':
      return mayBeHeard(stage, event.leg) ? { ...stage, heard: event.leg } : stage;
    case 'leg.release_asked':
    case 'leg.closed':
      return without(stage, event.leg);
    default:
      return isIvrEvent(event) ? { ...stage, run: evolveRun(stage.run, event, event.at) } : stage;
  }
}

/** The first whose own sounds are wanted and come. */
function mayBeHeard({ run, targets, heard }: InIvr, leg: LegId): boolean {
  return run.activity.doing === 'transferring' && run.activity.earlyMedia && heard === null && targets.includes(leg);
}

function without(stage: InIvr, leg: LegId): InIvr {
  if (!stage.targets.includes(leg)) return stage;
  const heard = stage.heard === leg ? null : stage.heard;
  return { ...stage, targets: stage.targets.filter((target) => target !== leg), heard };
}
