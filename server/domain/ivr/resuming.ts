// What a run does when the server or the voice engine comes back: what may have been lost meanwhile is begun again, or
// given up. Waiting for time or digits needs nothing.
import { after } from '../ids.ts';
import { playFiller, takeAnswer } from './asking.ts';
import type { IvrStep } from './step.ts';

/** A question is never asked twice: if its answer cannot come any more, it counts as failed. */
export function beginAgain(step: IvrStep, answerComes: boolean): void {
  const { activity } = step.run;
  if (activity.doing === 'playing') {
    const { playback: before, sound, limitMs } = activity;
    const playback = step.nextPlayback();
    step.record({ type: 'ivr.play_began_again', playback, until: after(step.now, limitMs) });
    step.command({ do: 'stopPlay', playback: before });
    step.command({ do: 'play', playback, sound });
  }
  if (activity.doing !== 'asking') return;
  if (answerComes) {
    if (activity.filler) step.command({ do: 'stopPlay', playback: activity.filler.playback });
    return playFiller(step);
  }
  const error = { code: 'interrupted', message: 'The server was away before an answer came; it is not asked again.' };
  takeAnswer(step, { request: activity.request, status: null, body: new Uint8Array(), error });
}
