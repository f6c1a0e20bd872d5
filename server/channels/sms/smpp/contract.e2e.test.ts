// The contract of channels, kept by SMPP with a carrier of npm `smpp` in another process.
import { setTimeout as sleep } from 'node:timers/promises';
import { startLastingCarrier } from '../../../../e2e/peers/smpp/lasting-carrier.ts';
import { asId } from '../../../domain/ids.ts';
import { realClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import { messageContract } from '../../message.contract.ts';
import { SmppChannel } from './channel.ts';
import { aPartStore } from './testing/part-store.ts';
import { aCarrier } from './testing/settings.ts';

messageContract('SMPP', async (listener) => {
  const carrier = await startLastingCarrier({ subscribers: true });
  const settings = aCarrier({ port: carrier.port });
  const channel = new SmppChannel({
    id: asId(1),
    space: asId(1),
    settings,
    listener,
    parts: aPartStore(),
    clock: realClock,
    log: silentLog,
  });
  return {
    channel,
    pass: (ms) => sleep(ms),
    async close() {
      await channel.close(1_000);
      await carrier.stop();
    },
  };
});
