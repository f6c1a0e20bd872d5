// What the engine knows of trunks and phones, as questions that a call asks.
import type { ExtensionId, TrunkId } from '../../../domain/ids.ts';
import type { PhoneSetup, TrunkSetup, VoiceSetup } from '../engine.ts';

export interface Directory {
  trunk(id: TrunkId): TrunkSetup | null;
  phone(extension: ExtensionId): PhoneSetup | null;
  phoneNamed(username: string): PhoneSetup | null;
  phones(): readonly PhoneSetup[];
  /**
   * The trunk that a call for `number` came by, and the DID as we write it. Several trunks may share an address, and
   * Asterisk then names any one of them (`seenOn`): the DID decides among them, and if several have it, the oldest:
   * whoever adds a trunk later takes nobody's calls. Null: nobody has that DID there.
   */
  didOn(seenOn: TrunkId, number: string): { trunk: TrunkSetup; did: string } | null;
}

export function directoryOf(setup: VoiceSetup): Directory {
  const trunks = new Map(setup.trunks.map((trunk) => [trunk.id, trunk]));
  const phones = new Map(setup.phones.map((phone) => [phone.extension, phone]));
  const named = new Map(setup.phones.map((phone) => [phone.username, phone]));
  return {
    trunk: (id) => trunks.get(id) ?? null,
    phone: (extension) => phones.get(extension) ?? null,
    phoneNamed: (username) => named.get(username) ?? null,
    phones: () => setup.phones,
    didOn(seenOn, number) {
      const seen = trunks.get(seenOn);
      if (!seen) return null;
      const candidates = setup.trunks.filter((other) => other === seen || sharesAddress(seen, other));
      for (const trunk of candidates.toSorted((one, other) => one.id - other.id)) {
        const did = trunk.dids.find((own) => sameNumber(own, number));
        if (did !== undefined) return { trunk, did };
      }
      return null;
    },
  };
}

function sharesAddress(one: TrunkSetup, other: TrunkSetup): boolean {
  return one.type === other.type && other.matchAddresses.some((address) => one.matchAddresses.includes(address));
}

/** Carriers write one and the same number with and without the plus. */
function sameNumber(one: string, other: string): boolean {
  return one.replace(/^\+/, '') === other.replace(/^\+/, '');
}
