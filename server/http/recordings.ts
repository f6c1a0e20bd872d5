import type { Readable } from 'node:stream';

/** Where recorded calls can be read from; the voice engine's side knows. */
export interface Recordings {
  /** The WAV file of that recording; undefined: there is none (yet). */
  open(recording: string): Promise<{ stream: Readable; bytes: number } | undefined>;
}
