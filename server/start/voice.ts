// The voice engine that the configuration names, and the process behind it if it is ours.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { asteriskDialplan } from '../channels/voice/asterisk/dialplan.ts';
import { AsteriskEngine } from '../channels/voice/asterisk/engine.ts';
import { fetchRecording } from '../channels/voice/asterisk/stored-recordings.ts';
import type { VoiceEngine } from '../channels/voice/engine.ts';
import { SimulatedEngine } from '../channels/voice/simulated/engine.ts';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Recordings } from '../http/recordings.ts';
import { answersAt } from '../platform/asterisk/access.ts';
import { type Asterisk, endAsteriskOf, startAsterisk } from '../platform/asterisk/asterisk.ts';
import { installAsterisk } from '../platform/asterisk/install.ts';
import { realClock } from '../platform/clock.ts';
import { newLegId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { StopList } from '../platform/shutdown.ts';

/** One's own Asterisk runs already, or there is nothing to wait for. */
const ariLimitMs = 5_000;
/** In its own folder of sounds: a link or a mount that whoever runs it makes (docs/asterisk.md). */
const ownAsteriskSees = 'parley';

export interface Voice {
  /** Not started yet: it connects when the flows can listen. */
  engine: VoiceEngine;
  recordings: Recordings;
}

export async function startVoice(config: Config, log: Log, stops: StopList): Promise<Voice> {
  const { engine, ari } = config.voice;
  // One that a killed server has left, if the home has changed its mind since: it would hold the port and its calls.
  if (engine === 'simulated' || ari) await endAsteriskOf(config.home);
  if (engine === 'simulated') {
    const folder = join(config.home, 'recordings');
    return {
      engine: new SimulatedEngine({ clock: realClock, log, newLegId, recordingsFolder: folder }),
      recordings: recordingsIn(folder),
    };
  }
  const folder = resolve(config.home, 'sounds');
  const mediaAddress = config.sip.host.startsWith('127.') ? config.sip.host : null;
  if (ari) {
    if (!(await answersAt(ari, ariLimitMs))) {
      throw new AppError(
        'setup.failed',
        `No Asterisk with that user and password answers at ${ari.url}: see PARLEY_ARI_URL.`,
      );
    }
    log.info({ folder, asteriskSees: ownAsteriskSees }, 'your Asterisk plays sounds of IVRs from this folder');
    return {
      engine: new AsteriskEngine({
        ...{ ari: () => ari, log, mediaAddress },
        sounds: { folder, asteriskSees: ownAsteriskSees },
      }),
      recordings: { open: (recording) => fetchRecording(ari, recording) },
    };
  }
  const asterisk = await startOwnAsterisk(config, log, stops);
  return {
    engine: new AsteriskEngine({
      ...{ ari: () => asterisk.ari, log, mediaAddress },
      sounds: { folder, asteriskSees: folder },
    }),
    recordings: recordingsIn(asterisk.recordingDir),
  };
}

async function startOwnAsterisk({ home, sip, rtp }: Config, log: Log, stops: StopList): Promise<Asterisk> {
  const install = await installAsterisk({ folder: join(home, 'asterisk'), log });
  const config = { sipHost: sip.host, sipPort: sip.port, publicAddress: sip.publicAddress, rtp };
  const start = async (): Promise<Asterisk> => {
    const asterisk = await startAsterisk({ home, install, config, dialplan: asteriskDialplan(), log });
    stops.add('asterisk', () => asterisk.stop(), 8_000);
    return asterisk;
  };
  return stops.whileStarting('asterisk', start, 8_000);
}

function recordingsIn(folder: string): Recordings {
  return {
    async open(recording: string) {
      const path = join(folder, `${basename(recording)}.wav`);
      try {
        const { size } = await stat(path);
        return { stream: createReadStream(path), bytes: size };
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}
