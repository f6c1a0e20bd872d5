// Settings of a channel of type `smpp`: how its carrier is reached and what it expects.
import { z } from 'zod';

const zones = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC']);

/** SMPP 3.4 §5.2: C-octet strings of printable ASCII, the NUL not counted. */
const ascii = (most: number) =>
  z.string().regex(new RegExp(`^[\\x20-\\x7e]{0,${most}}$`), `must be at most ${most} characters of ASCII`);
const Ton = z.int().min(0).max(6).nullable();
const Npi = z.int().min(0).max(18).nullable();

export const SmppSettings = z.strictObject({
  host: z
    .string()
    .regex(/^(?!-)[A-Za-z0-9._-]{1,253}$|^[0-9A-Fa-f:.]{2,45}$/, 'must be a host name or an address')
    .describe('the carrier’s; the server connects to it, also inside its own network'),
  port: z.int().min(1).max(65_535).default(2775),
  tls: z.boolean().default(false).describe('the carrier’s certificate is checked'),
  tls_ca: z
    .string()
    .max(100_000)
    .regex(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, 'must be a certificate in PEM')
    .nullable()
    .default(null)
    .describe('PEM; null: the public authorities'),
  system_id: ascii(15).min(1),
  password: ascii(8).optional().describe('write only; left out: the old one stays'),
  system_type: ascii(12).default(''),
  bind: z
    .enum(['transceiver', 'tx_rx'])
    .default('transceiver')
    .describe('tx_rx: a transmitter and a receiver on connections of their own'),
  binds: z.int().min(1).max(32).default(1).describe('connections at once; of tx_rx: pairs'),
  window: z.int().min(1).max(1_000).default(10).describe('submits without an answer, a connection'),
  throughput_per_s: z
    .number()
    .min(0.1)
    .max(100_000)
    .nullable()
    .default(null)
    .describe(
      'messages, all connections together, each part of a long one counted; null: as fast as the window allows',
    ),
  enquire_link_s: z
    .int()
    .min(1)
    .max(3_600)
    .default(30)
    .describe('silence before the carrier is asked whether it lives'),
  answer_timeout_s: z
    .int()
    .min(1)
    .max(300)
    .default(15)
    .describe('after so long without an answer the outcome is unknown'),
  queue_full: z
    .enum(['too_fast', 'refused'])
    .default('too_fast')
    .describe(
      'what ESME_RMSGQFUL (20) says: that we are too fast, or that this message was refused, as its recipient has too many',
    ),
  long: z
    .enum(['udh', 'sar', 'payload'])
    .default('udh')
    .describe('texts of several parts: user data header, sar_* parameters, or whole in message_payload'),
  default_alphabet: z.enum(['gsm7', 'latin1']).default('gsm7').describe('what data_coding 0 means to the carrier'),
  receipts: z.boolean().default(true).describe('ask for delivery receipts'),
  receipt_ids: z
    .enum(['auto', 'hex', 'decimal', 'same'])
    .default('auto')
    .describe(
      'how receipts write an id that the answer to the submit wrote in the other base; same: as the answer; auto: found out',
    ),
  receipt_time_zone: z
    .string()
    .refine((zone) => zones.has(zone), 'must be a time zone of the tz database')
    .default('UTC')
    .describe('whose clock the dates in receipts show'),
  from: ascii(20).min(1).nullable().default(null).describe('sender of what names none: number, short code or name'),
  service_type: ascii(5).default(''),
  source_ton: Ton.default(null).describe('null: by the form of the sender'),
  source_npi: Npi.default(null),
  dest_ton: Ton.default(null).describe('null: 1, international'),
  dest_npi: Npi.default(null).describe('null: 1, E.164'),
});
export type SmppSettings = z.output<typeof SmppSettings>;
