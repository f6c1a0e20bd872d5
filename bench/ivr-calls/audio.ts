// Many callers in an IVR at once, each of whom a customer's answer plays a sound that has no pause in it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { anAskingIvr, upload } from '../../e2e/call-interactive/asking-call.ts';
import { CustomerServer } from '../../e2e/peers/customer.ts';
import { callers } from '../../e2e/peers/sipp.ts';
import { Story } from '../../e2e/story.ts';
import { rtp } from '../calls/dialplan-side.ts';
import type { Heard } from './rtp-ears.ts';

const ears = fileURLToPath(new URL('./rtp-ears.ts', import.meta.url));
const perSecond = 10;

/** Each caller hears the sound once; so long that the last one comes while the first one still listens. */
export async function listen(count: number, gapMs: number): Promise<Heard[]> {
  const seconds = Math.ceil(count / perSecond) + 15;
  const customer = await CustomerServer.open();
  const story = await Story.begin({
    voice: 'asterisk',
    env: {
      ...{ PARLEY_ALLOW_TARGETS: '127.0.0.1/32', PARLEY_LOG_LEVEL: 'warn' },
      PARLEY_RTP_PORTS: `${rtp.first}-${rtp.udptlLast}`,
    },
  });
  const listener = fork(ears, [String(gapMs)]);
  try {
    const [listenAt] = (await once(listener, 'message')) as [number];
    const desk = await story.desk({ agents: [] });
    const long = await upload(story, desk, seconds);
    const sounds = { short: '', long };
    const ivr_id = await anAskingIvr(desk, customer, sounds, 'sound', {
      answers: '<PlaySound>LONG</PlaySound><Hangup/>',
    });
    await desk.post('/extensions', { number: '332', type: 'ivr', ivr_id });
    const dids = [{ number: desk.did, extension_number: '332' }];
    await desk.parley.rest('PATCH', `/trunks/${desk.trunkId}`, { dids });
    const run = await callers({
      to: { port: story.parley.sipPort, number: desk.did },
      port: desk.trunkPort,
      talkForMs: null,
      ...{ audio: false, listenAt },
      ...{ calls: count, perSecond, atOnce: count, limitMs: (seconds + 30) * 1_000 },
    });
    try {
      const { failed } = await run.done((seconds + 60) * 1_000);
      if (failed > 0) throw new Error(`${failed} calls failed.`);
    } finally {
      await run.close();
    }
    const told = once(listener, 'message');
    listener.send('tell');
    const [heard] = (await told) as [Heard[]];
    return heard;
  } finally {
    listener.disconnect();
    await story.end();
    await customer.close();
  }
}
