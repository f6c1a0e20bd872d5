import { expect, test } from 'vitest';
import { Background } from './background.ts';
import { silentLog } from './log.ts';
import { recordingLog } from './testing/recording-log.ts';

test('closing waits for what runs, and for what that starts while it ends', async () => {
  const background = new Background({ log: silentLog });
  const done: string[] = [];
  background.run('loop', endOf(background.signal));
  async function endOf(signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    background.run(
      'last words',
      Promise.resolve().then(() => done.push('last words')),
    );
    done.push('loop');
  }
  expect(background.running).toEqual(['loop']);
  await background.close();
  expect(done.sort()).toEqual(['last words', 'loop']);
  expect(background.running).toEqual([]);
});

test('work that fails is logged by its name, and does not keep the others from ending', async () => {
  const { log, lines } = recordingLog();
  const background = new Background({ log });
  background.run('follow journal', Promise.reject(new Error('lost')));
  background.run('other', Promise.resolve());
  await background.close();
  expect(lines).toMatchObject([
    { level: 'error', work: 'follow journal', msg: 'background work failed', err: { message: 'lost' } },
  ]);
});
