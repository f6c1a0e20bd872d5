// An Asterisk of one's own sees the folder of sounds under a name in its own, by a link.
import { randomUUID } from 'node:crypto';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { asKey, type LegId } from '../../../domain/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import { asteriskForTests, aTestAsterisk } from '../../../platform/asterisk/testing.ts';
import { contractSetup, contractSounds, did, space, spaceSound, trunk } from '../engine.harness.ts';
import type { VoiceFact } from '../engine.ts';
import { asteriskDialplan } from './dialplan.ts';
import { AsteriskEngine } from './engine.ts';

test('a sound is heard from a folder that is linked', async () => {
  const { asterisk, home, close } = await aTestAsterisk({ dialplan: asteriskDialplan() });
  onTestFinished(close);
  const folder = join(home, 'sounds');
  const asteriskSees = `parley-test-${process.pid}`;
  const link = join((await asteriskForTests()).dataFolder, 'sounds', asteriskSees);
  await symlink(folder, link);
  onTestFinished(() => rm(link));
  const sounds = { folder, asteriskSees };
  const engine = new AsteriskEngine({ ari: () => asterisk.ari, log: silentLog, sounds });
  onTestFinished(() => engine.close());
  await engine.provision(contractSetup);
  await engine.provideSounds(contractSounds);
  await engine.start();

  const facts: VoiceFact[] = [];
  engine.on((fact) => facts.push(fact));
  const leg = asKey<LegId>(randomUUID());
  const has = (type: VoiceFact['type']) =>
    vi.waitFor(() => expect(facts.map((fact) => fact.type)).toContain(type), 10_000);
  const to = { kind: 'did', trunk, did } as const;
  await engine.ringIn({ leg, space, from: { number: '33612345678', name: null }, to, digits: [], hangUpAfterMs: null });
  await has('arrived');
  await engine.send({ do: 'answer', leg });
  await has('answered');
  const began = performance.now();
  await engine.send({ do: 'play', leg, playback: 'by-the-link', sound: spaceSound.name });
  await has('played');
  expect(performance.now() - began).toBeGreaterThan(spaceSound.durationMs - 200);
  await engine.send({ do: 'hangUp', leg, cause: 16 });
  await has('hungUp');
});
