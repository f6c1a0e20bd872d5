import { asId, type ChannelId, type SpaceId } from '../../domain/ids.ts';
import { Background } from '../../platform/background.ts';
import { VirtualClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { messageContract } from '../message.contract.ts';
import { SandboxCarrier } from './carrier.ts';

messageContract('the sandbox', async (listener) => {
  const clock = new VirtualClock();
  const background = new Background({ log: silentLog });
  const [id, space] = [asId<ChannelId>(1), asId<SpaceId>(1)];
  return {
    channel: new SandboxCarrier({ id, space, media: 'sms', listener, clock, background }),
    pass: (ms) => clock.advance(ms),
    close: () => background.close(),
  };
});
