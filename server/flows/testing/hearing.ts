import type { LegId } from '../../domain/ids.ts';
import type { Desk } from './desk.ts';

/** `ringing`, `music`, `nothing`, `gone`, or the names (numbers) of the parties heard, sorted. */
export function heardBy(desk: Desk, leg: LegId): string {
  if (!desk.engine.exchange.legs().some((live) => live.leg === leg)) return 'gone';
  const heard = desk.engine.hears(leg);
  switch (heard.what) {
    case 'sound':
      return heard.sound === 'tone:ring' ? 'ringing' : heard.sound;
    case 'parties':
      return heard.legs
        .map((other) => nameOf(desk, other))
        .toSorted()
        .join(' and ');
    default:
      return heard.what;
  }
}

function nameOf(desk: Desk, leg: LegId): string {
  const created = desk.events('leg.created').find((event) => event.leg === leg);
  return created ? (created.party.name ?? created.party.number) : leg;
}
