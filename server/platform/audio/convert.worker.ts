import { parentPort, workerData } from 'node:worker_threads';
import type { Conversion } from './convert.ts';
import { decodeSound } from './decode.ts';
import { levelDb, NotASound, resampled } from './pcm.ts';
import { writeWav } from './wav.ts';

async function convert(bytes: Uint8Array): Promise<Conversion> {
  try {
    const pcm = await decodeSound(bytes);
    return {
      converted: {
        durationMs: Math.round((pcm.samples.length * 1_000) / pcm.rate),
        levelDb: levelDb(pcm),
        wav8k: writeWav(resampled(pcm, 8_000)),
        wav16k: writeWav(resampled(pcm, 16_000)),
      },
    };
  } catch (error) {
    if (error instanceof NotASound) return { notASound: error.message };
    throw error;
  }
}

parentPort?.postMessage(await convert(workerData as Uint8Array));
