// An uploaded sound → what Asterisk plays best. In a thread of its own: it takes up to seconds, and calls must not wait.
import { Worker } from 'node:worker_threads';
import { NotASound } from './pcm.ts';

export interface Converted {
  durationMs: number;
  /** Root mean square in dB below full scale; null: silence. */
  levelDb: number | null;
  /** Mono WAV files of 16 bits, 8 and 16 kHz. */
  wav8k: Uint8Array;
  wav16k: Uint8Array;
}

/** What the thread answers. */
export type Conversion = { converted: Converted } | { notASound: string };

const limitMs = 60_000;

/** Rejects with NotASound when the file cannot be heard. */
export async function convertSound(bytes: Uint8Array): Promise<Converted> {
  const worker = new Worker(new URL('./convert.worker.ts', import.meta.url), {
    workerData: bytes,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  const signal = AbortSignal.timeout(limitMs);
  try {
    const answer = await new Promise<Conversion>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`The conversion ended with code ${code}.`)));
      signal.addEventListener('abort', () => reject(new NotASound('The sound takes too long to convert.')));
    });
    if ('notASound' in answer) throw new NotASound(answer.notASound);
    return answer.converted;
  } finally {
    await worker.terminate();
  }
}
