// What a channel needs to know of its carrier.

export interface SmppSettings {
  host: string;
  port: number;
  /** null: plain TCP. `ca`: PEM; null: the public authorities. */
  tls: { ca: string | null } | null;
  systemId: string;
  password: string;
  systemType: string;
  /** tx_rx: a transmitter and a receiver, each on a connection of its own. */
  bind: 'transceiver' | 'tx_rx';
  /** Connections at once; of tx_rx: pairs. */
  binds: number;
  /** Submits without an answer, a connection. */
  window: number;
  /** All connections together; null: as fast as the windows allow. */
  throughputPerS: number | null;
  /** Silence before the carrier is asked whether it lives. */
  enquireLinkMs: number;
  answerTimeoutMs: number;
  queueFull: QueueFull;
  long: LongForm;
  defaultAlphabet: Alphabet;
  receipts: boolean;
  receiptIds: ReceiptIds;
  /** Of the tz database: whose clock the dates in receipts show. */
  receiptTimeZone: string;
  /** Sender of what names none; null: the carrier's own. */
  from: string | null;
  serviceType: string;
  /** null: by the form of the address. */
  sourceTon: number | null;
  sourceNpi: number | null;
  destTon: number | null;
  destNpi: number | null;
}

/** What ESME_RMSGQFUL says: that we are too fast, or that this message was refused, as its recipient has too many. */
export type QueueFull = 'too_fast' | 'refused';

/** How a text of several parts travels: a user data header, sar_* parameters, or whole in message_payload. */
export type LongForm = 'udh' | 'sar' | 'payload';

/** What data_coding 0, "the SMSC's default alphabet", is. */
export type Alphabet = 'gsm7' | 'latin1';

/** The base in which receipts write an id that the submit's answer wrote in the other; same: as the answer; auto: found out. */
export type ReceiptIds = 'auto' | 'hex' | 'decimal' | 'same';
