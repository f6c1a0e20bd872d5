// The names of sounds, as `play` of the voice engine is given them.

/** Of the spaces' own sounds; all others are the engine's. */
export const spaceSoundFolder = 'parley';

export function isSpaceSound(name: string): boolean {
  return name.startsWith(`${spaceSoundFolder}/`);
}
