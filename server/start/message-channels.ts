// Which adapter carries the messages of which type of channel.
import { SmppSettings } from '../../contract/rest/smpp-settings.ts';
import type { ChannelListener, MessageChannel } from '../channels/message.ts';
import { SandboxCarrier } from '../channels/sandbox/carrier.ts';
import { SmppChannel } from '../channels/sms/smpp/channel.ts';
import { AppError } from '../errors.ts';
import type { Background } from '../platform/background.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import type { ChannelSetup } from '../store/channel-setups.ts';
import { keepPart, keptParts, removeParts } from '../store/incoming-parts.ts';
import { takenAndNotSettled } from '../store/sandbox-debts.ts';
import { smppSettingsOf } from './smpp-settings.ts';

export function openChannel(
  { id, space, media, type, sender, settings }: ChannelSetup,
  listener: ChannelListener,
  { db, clock, background, log }: { db: Database; clock: Clock; background: Background; log: Log },
): MessageChannel {
  switch (type) {
    case 'sandbox':
      return new SandboxCarrier({
        ...{ id, space, media, sender, listener, clock, background },
        owed: (before) => takenAndNotSettled(db, { space, channel: id }, before),
      });
    case 'smpp':
      // Parsed again: what a later version has added to the settings gets its default.
      return new SmppChannel({
        id,
        space,
        settings: smppSettingsOf(SmppSettings.parse(settings)),
        listener,
        parts: {
          keep: (part, at) => keepPart(db, { space, channel: id }, part, at),
          all: () => keptParts(db, { space, channel: id }),
          remove: (part) => removeParts(db, { space, channel: id }, part),
        },
        clock,
        log,
      });
    case 'mm7':
    case 'smtp':
      throw new AppError('internal', `This release does not send by ${type} yet.`);
    default:
      return type satisfies never;
  }
}
