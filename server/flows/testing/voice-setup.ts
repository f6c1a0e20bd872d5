// What the engine has to know of a planned space.
import type { PhoneSetup, TrunkSetup, VoiceSetup } from '../../channels/voice/engine.ts';
import type { Directory, ExtensionSettings, TrunkSettings } from '../../domain/directory.ts';
import { testSpace } from '../../domain/testing/space.ts';

export function voiceSetupOf({ trunks, extensions }: Directory): VoiceSetup {
  const phones = [...extensions.values()].filter((extension) => extension.type === 'phone');
  return { trunks: [...trunks.values()].map(trunkSetupOf), phones: phones.map(phoneSetupOf) };
}

function trunkSetupOf({ id, type, dids }: TrunkSettings): TrunkSetup {
  return {
    id,
    space: testSpace,
    type,
    host: type === 'sip' ? 'carrier.example' : null,
    port: 5060,
    username: null,
    password: null,
    matchAddresses: [],
    dids: dids.map(({ number }) => number),
  };
}

function phoneSetupOf({ id, number, sandbox: isSandbox }: ExtensionSettings & { type: 'phone' }): PhoneSetup {
  return {
    extension: id,
    space: testSpace,
    number,
    displayName: number,
    sandbox: isSandbox,
    username: `phone-${number}`,
    password: 'secret',
  };
}
