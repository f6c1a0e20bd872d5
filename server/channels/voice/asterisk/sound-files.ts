// The spaces' sounds as files that Asterisk reads: `<file>.wav` for narrow and `<file>.wav16` for wide band, of which it
// takes the one that suits the call. A file is whole or not there, and never changes.
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { SoundSetup } from '../engine.ts';

export interface SoundFolder {
  /** Ours, for these files alone: what else is in it is removed. */
  folder: string;
  /** What Asterisk calls it: an absolute path, or one below its own folder of sounds. */
  asteriskSees: string;
}

const endings = ['.wav', '.wav16'] as const;

export class SoundFiles {
  readonly #folder: string;
  readonly #asteriskSees: string;
  /** Names that `play` may be given. */
  #names: ReadonlySet<string> = new Set();
  #kept: Promise<unknown> = Promise.resolve();

  constructor({ folder, asteriskSees }: SoundFolder) {
    this.#folder = folder;
    this.#asteriskSees = asteriskSees;
  }

  /** What is missing is written, what is not among them is removed. One call goes after the other. */
  keep(sounds: readonly SoundSetup[]): Promise<void> {
    const kept = this.#kept.then(
      () => this.#keep(sounds),
      () => this.#keep(sounds),
    );
    this.#kept = kept;
    return kept;
  }

  /** The media of a name as in the port; undefined: it is none of these sounds. */
  mediaOf(name: string): string | undefined {
    return this.#names.has(name) ? `sound:${join(this.#asteriskSees, basename(name))}` : undefined;
  }

  async #keep(sounds: readonly SoundSetup[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    this.#names = new Set(sounds.map(({ name }) => name));
    const there = new Set(await readdir(this.#folder));
    const failures: unknown[] = [];
    for (const sound of sounds) {
      const file = basename(sound.name);
      const whole = endings.every((ending) => there.has(file + ending));
      for (const ending of endings) there.delete(file + ending);
      if (!whole) await this.#write(sound).catch((error: unknown) => failures.push(error));
    }
    for (const left of there) await rm(join(this.#folder, left), { recursive: true, force: true });
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} sounds cannot be kept.`);
  }

  async #write({ name, read }: SoundSetup): Promise<void> {
    const files = await read();
    if (!files) return;
    await this.#place(`${basename(name)}.wav`, files.wav8k);
    await this.#place(`${basename(name)}.wav16`, files.wav16k);
  }

  async #place(file: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#folder, file);
    await writeFile(`${path}.part`, bytes);
    await rename(`${path}.part`, path);
  }
}
