// Sound as numbers: one channel, −1 to 1.

export interface Pcm {
  /** Samples a second. */
  rate: number;
  samples: Float32Array;
}

/** What was uploaded cannot be heard; the message is for who uploaded it. */
export class NotASound extends Error {
  override readonly name = 'NotASound';
}

/** Another rate, by a windowed sinc; what the new rate cannot hold is filtered out. */
export function resampled({ rate, samples }: Pcm, to: number): Pcm {
  if (rate === to) return { rate, samples };
  const common = gcd(rate, to);
  const [phases, stride] = [to / common, rate / common];
  const cutoff = Math.min(1, to / rate);
  const half = Math.ceil(zeroCrossings / cutoff);
  const filters = Array.from({ length: phases }, (_, phase) => filterFor(phase / phases, half, cutoff));
  const resized = new Float32Array(Math.floor((samples.length * phases) / stride));
  for (let at = 0; at < resized.length; at++) {
    const position = at * stride;
    const centre = Math.floor(position / phases);
    const filter = filters[position % phases]!;
    const first = centre - half + 1;
    let sum = 0;
    for (let tap = Math.max(0, -first); tap < filter.length && first + tap < samples.length; tap++) {
      sum += filter[tap]! * samples[first + tap]!;
    }
    resized[at] = sum;
  }
  return { rate: to, samples: resized };
}

/** On each side; enough that what is filtered out is 60 dB down. */
const zeroCrossings = 16;

/** For an output sample that lies `fraction` behind an input sample; its taps add up to 1. */
function filterFor(fraction: number, half: number, cutoff: number): Float32Array {
  const taps = Float32Array.from({ length: half * 2 }, (_, tap) => {
    const distance = tap - half + 1 - fraction;
    const angle = Math.PI * distance * cutoff;
    const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / half);
    return sinc * window;
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

function gcd(one: number, other: number): number {
  return other === 0 ? one : gcd(other, one % other);
}

/** Root mean square in dB below full scale; null: silence. */
export function levelDb({ samples }: Pcm): number | null {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum === 0 ? null : Math.round(100 * Math.log10(sum / samples.length)) / 10;
}
