// Asterisk alone, with nothing but a dialplan: the peers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asteriskDialplan, contexts } from '../../server/channels/voice/asterisk/dialplan.ts';
import { startAsterisk } from '../../server/platform/asterisk/asterisk.ts';
import { findAsterisk } from '../../server/platform/asterisk/run.ts';
import { ari, asteriskForTests, provision } from '../../server/platform/asterisk/testing.ts';
import { freePort } from '../../server/platform/asterisk/testing-ports.ts';
import { silentLog } from '../../server/platform/log.ts';
import type { Side } from './side.ts';

export const rtp = { first: 34_000, last: 43_999, udptlFirst: 44_000, udptlLast: 44_999 };

/** Answers, and that is all. */
export function bareAsterisk(): Promise<Side> {
  return dialplanSide('bare dialplan', ['exten => _X.,1,Answer()', ' same => n,Wait(60)'], { counts: false });
}

/** What a caller of Parley's queue gets: an answer, music while the sandbox's agent is rung, the agent. */
export function sameWork(): Promise<Side> {
  const steps = [
    'exten => _X.,1,Answer(,i)',
    ` same => n,Dial(Local/01@${contexts.subscriber}/n,30,mU(talked))`,
    ' same => n,Hangup()',
    '[talked]',
    'exten => s,1,Set(LOCKED=${LOCK(talked)})',
    ' same => n,Set(GLOBAL(TALKED)=$[0${GLOBAL(TALKED)} + 1])',
    ' same => n,Set(LOCKED=${UNLOCK(talked)})',
    ' same => n,Return()',
  ];
  return dialplanSide('dialplan of the same work', steps, { counts: true });
}

/** `counts`: the dialplan counts who talked in the global variable TALKED. */
async function dialplanSide(name: string, trunk: readonly string[], { counts }: { counts: boolean }): Promise<Side> {
  const home = await mkdtemp(join(tmpdir(), 'parley-bench-dialplan-'));
  const sipPort = await freePort();
  const callerPort = await freePort();
  const asterisk = await startAsterisk({
    home,
    install: await asteriskForTests(),
    config: { sipHost: '127.0.0.1', sipPort, publicAddress: null, rtp },
    dialplan: [asteriskDialplan(), '[trunk]', ...trunk, ''].join('\n'),
    log: silentLog,
  });
  // Parley needs none of these.
  for (const module of counts ? ['app_dial', 'func_global', 'func_lock'] : []) {
    const { status } = await ari(asterisk, 'POST', `/asterisk/modules/${module}.so`);
    if (status >= 400) throw new Error(`Asterisk has no ${module}: ${status}.`);
  }
  await provision(asterisk, 'endpoint/sipp', {
    context: 'trunk',
    disallow: 'all',
    allow: 'ulaw',
    direct_media: 'no',
    media_address: '127.0.0.1',
    bind_rtp_to_media_address: 'yes',
  });
  await provision(asterisk, 'identify/sipp', { endpoint: 'sipp', match: `127.0.0.1:${callerPort}` });
  return {
    name,
    sipPort,
    callerPort,
    async processes() {
      const found = await findAsterisk(join(home, 'asterisk-run'));
      return new Map([['Asterisk', found ? [found.pid] : []]]);
    },
    async talked() {
      if (!counts) return null;
      const { body } = await ari(asterisk, 'GET', '/asterisk/variable?variable=TALKED');
      return Number((body as { value: string }).value);
    },
    async close() {
      await asterisk.stop();
      await rm(home, { recursive: true });
    },
  };
}
