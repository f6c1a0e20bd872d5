import type { SmppSettings } from '../settings.ts';

/** Settings of a carrier on this machine; what differs. */
export function aCarrier(changes: Partial<SmppSettings> = {}): SmppSettings {
  return {
    host: '127.0.0.1',
    port: 2775,
    tls: null,
    systemId: 'parley',
    password: 'secret',
    systemType: '',
    bind: 'transceiver',
    binds: 1,
    window: 10,
    throughputPerS: null,
    queueFull: 'too_fast',
    enquireLinkMs: 30_000,
    answerTimeoutMs: 5_000,
    long: 'udh',
    defaultAlphabet: 'gsm7',
    receipts: true,
    receiptIds: 'auto',
    receiptTimeZone: 'UTC',
    from: null,
    serviceType: '',
    sourceTon: null,
    sourceNpi: null,
    destTon: null,
    destNpi: null,
    ...changes,
  };
}
