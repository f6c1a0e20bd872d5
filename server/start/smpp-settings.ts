// A channel's settings as they are administered → as its adapter takes them.
import type { SmppSettings as Administered } from '../../contract/rest/smpp-settings.ts';
import type { SmppSettings } from '../channels/sms/smpp/settings.ts';

export function smppSettingsOf(settings: Administered): SmppSettings {
  return {
    host: settings.host,
    port: settings.port,
    tls: settings.tls ? { ca: settings.tls_ca } : null,
    systemId: settings.system_id,
    password: settings.password ?? '',
    systemType: settings.system_type,
    bind: settings.bind,
    binds: settings.binds,
    window: settings.window,
    throughputPerS: settings.throughput_per_s,
    enquireLinkMs: settings.enquire_link_s * 1_000,
    answerTimeoutMs: settings.answer_timeout_s * 1_000,
    queueFull: settings.queue_full,
    long: settings.long,
    defaultAlphabet: settings.default_alphabet,
    receipts: settings.receipts,
    receiptIds: settings.receipt_ids,
    receiptTimeZone: settings.receipt_time_zone,
    from: settings.from,
    serviceType: settings.service_type,
    sourceTon: settings.source_ton,
    sourceNpi: settings.source_npi,
    destTon: settings.dest_ton,
    destNpi: settings.dest_npi,
  };
}
