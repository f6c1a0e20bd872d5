// Who hears what: by name for stories, and for any moment what each party of a call ought to hear.
import type { Heard } from '../../channels/voice/simulated/calls.ts';
import { type Call, isHere, type Leg, legOf } from '../../domain/call.ts';
import type { LegId } from '../../domain/ids.ts';
import { testSpace } from '../../domain/testing/space.ts';
import type { TestCentre } from './test-centre.ts';

/** `ringing`, `music`, `nothing`, `gone`, or the names (numbers) of the parties heard, sorted. */
export function heardBy(centre: TestCentre, leg: LegId): string {
  if (!centre.engine.exchange.legs().some((live) => live.leg === leg)) return 'gone';
  return said(centre.engine.hears(leg), (other) => nameOf(centre, other));
}

/** Whether the party on `leg` hears the one on `other`. */
export function hearsParty(centre: TestCentre, leg: LegId, other: LegId): boolean {
  const heard = centre.engine.hears(leg);
  return heard.what === 'parties' && heard.legs.includes(other);
}

function said(heard: Heard, nameOfLeg: (leg: LegId) => string): string {
  switch (heard.what) {
    case 'sound':
      return heard.sound === 'tone:ring' ? 'ringing' : heard.sound;
    case 'parties':
      return heard.legs.map(nameOfLeg).toSorted().join(' and ');
    default:
      return heard.what;
  }
}

function nameOf(centre: TestCentre, leg: LegId): string {
  const created = centre.events('leg.created').find((event) => event.leg === leg);
  return created ? (created.party.name ?? created.party.number) : leg;
}

/** Parties who hear something else than their call says. To be asked when nothing is on its way. */
export function wronglyHeard(centre: TestCentre): string[] {
  const living = new Set(centre.engine.exchange.legs().map(({ leg }) => leg));
  const calls = [...(centre.centre.floor(testSpace)?.calls() ?? [])];
  return calls.flatMap((call) =>
    [...expected(call)].flatMap(([leg, what]) => {
      if (!living.has(leg)) return [];
      const heard = said(centre.engine.hears(leg), (other) => other);
      return heard === what ? [] : [`${leg} hears ${heard}, not ${what}: ${JSON.stringify(call.stage)}`];
    }),
  );
}

function expected(call: Call): Map<LegId, string> {
  const { stage, consultation } = call;
  const hears = new Map<LegId, string>();
  switch (stage.at) {
    case 'queued':
      hears.set(stage.served, 'music');
      break;
    case 'talking': {
      const asked = consultation && legOf(call, consultation.leg);
      if (consultation && asked) {
        hears.set(consultation.party, 'music');
        if (asked.state === 'answered') together(call, [consultation.by, asked.id], hears);
        else hears.set(consultation.by, 'ringing');
      } else {
        together(call, stage.legs, hears);
      }
      break;
    }
    default:
  }
  for (const leg of call.legs.filter((one) => !isHere(one))) hears.delete(leg.id);
  return hears;
}

/** Whoever is held hears music and is not heard; the others hear each other. */
function together(call: Call, ids: readonly LegId[], hears: Map<LegId, string>): void {
  const legs = call.legs.filter((leg: Leg) => ids.includes(leg.id) && isHere(leg));
  const isHeld = (leg: Leg) => legs.some((other) => other !== leg && other.holding);
  for (const leg of legs) {
    const heard = legs.filter((other) => other !== leg && !isHeld(other)).map(({ id }) => id);
    hears.set(leg.id, isHeld(leg) ? 'music' : heard.toSorted().join(' and ') || 'nothing');
  }
}
