// What a party hears while nobody talks to it.
import type { CallId, LegId } from '../ids.ts';
import type { Step } from '../step.ts';

/** It hears that something rings for it: by signalling, or by a tone once it has been answered. */
export function letHearRinging(step: Step, id: CallId, leg: LegId): void {
  const { stage } = step.call(id);
  const hearsItAlready = (stage.at === 'ringing' || stage.at === 'routing') && stage.served === leg;
  if (hearsItAlready) return;
  if (step.leg(id, leg).state !== 'answered') return step.command({ do: 'ring', leg });
  step.command({ do: 'stopMusic', leg });
  step.command({ do: 'play', leg, playback: ringingOf(leg), sound: 'tone:ring' });
}

/** The engine or the server was away: nobody knows whether the tone that it ought to hear still plays. */
export function letHearRingingAgain(step: Step, id: CallId, leg: LegId): void {
  if (step.leg(id, leg).state !== 'answered') return;
  letHearNothing(step, leg);
  step.command({ do: 'play', leg, playback: ringingOf(leg), sound: 'tone:ring' });
}

/** No music and no ringing any more. */
export function letHearNothing(step: Step, leg: LegId): void {
  step.command({ do: 'stopPlay', leg, playback: ringingOf(leg) });
  step.command({ do: 'stopMusic', leg });
}

/** For a party that has been answered. */
export function letHearMusic(step: Step, leg: LegId): void {
  step.command({ do: 'stopPlay', leg, playback: ringingOf(leg) });
  step.command({ do: 'startMusic', leg });
}

const ringingOf = (leg: LegId): string => `${leg}-ringing`;
