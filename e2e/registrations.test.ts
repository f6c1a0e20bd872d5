// Phones stay registered while Asterisk dies and comes back: nobody has to wait for the next REGISTER of his phone.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { ari, aTestAsterisk, provision } from '../server/platform/asterisk/testing.ts';
import { aPhone } from './peers/phone.ts';

test('a phone is still registered after Asterisk was killed, without registering again', async () => {
  const { asterisk, config, close } = await aTestAsterisk({ dialplan: '' });
  const tellAsterisk = async (): Promise<void> => {
    await provision(asterisk, 'auth/ana', { auth_type: 'userpass', username: 'ana', password: 'secret' });
    await provision(asterisk, 'aor/ana', { max_contacts: '1' });
    await provision(asterisk, 'endpoint/ana', { auth: 'ana', aors: 'ana', allow: 'ulaw' });
  };
  const isOnline = async (): Promise<void> =>
    expect((await ari(asterisk, 'GET', '/endpoints/PJSIP/ana')).body).toMatchObject({ state: 'online' });

  await tellAsterisk();
  const phone = await aPhone({ server: { port: config.sipPort }, username: 'ana', password: 'secret' });
  try {
    await vi.waitFor(isOnline, 15_000);
    // Asterisk writes its database a second later at most.
    await sleep(1_500);
    process.kill(asterisk.pid!, 'SIGKILL');
    await vi.waitFor(() => expect(asterisk.state).toBe('down'), 15_000);
    await phone.dies();
    await vi.waitFor(() => expect(asterisk.state).toBe('up'), 20_000);
    await tellAsterisk();
    await vi.waitFor(isOnline, 15_000);
  } finally {
    await phone.close();
    await close();
  }
});
