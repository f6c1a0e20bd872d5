// The reports of contact attempts as they cross the wire: what became of an SMS, MMS, mail, fax or voice call. Keys stand
// in the order in which they are sent. What is not known or does not apply is absent, never null.
import { z } from 'zod';

/** `YYYY-MM-DD HH:mm:ss ZONE`, by the clock of the space: `2018-10-19 11:48:38 CEST`, `2026-01-05 12:00:00 +03`. */
const date = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ([A-Za-z]{3,6}|[+-]\d\d(\d\d)?)$/);
const hexId = z.string().regex(/^[0-9a-f]{24}$/);
const seconds = z.int().nonnegative();

export const reportMedia = ['sms', 'mms', 'mail', 'fax', 'call'] as const;
export type ReportMedia = (typeof reportMedia)[number];

/**
 * From the first to the last in the life of an attempt; a status never goes backwards in this list.
 * CONVERTED: fax, its document can be sent. SENT: the carrier took it; fax: all pages went over. ESTABLISHED, TRANSFERED
 * (the protocol's spelling), ENDED: call. ABORTED: it was not or is no longer tried. ERROR: it failed. RECEIVED: the
 * contact's device has it. ANSWERED: the contact wrote back.
 */
export const statusTypes = [
  'CONVERTED',
  'SENT',
  'ESTABLISHED',
  'TRANSFERED',
  'ABORTED',
  'ERROR',
  'RECEIVED',
  'ENDED',
  'ANSWERED',
] as const;
export const statusType = z.enum(statusTypes);

export const transferSchema = z.strictObject({ to: z.string() });

export const vxmlInfoSchema = z.strictObject({
  voicemail: z.boolean(),
  /** Epoch seconds: answered, hung up. */
  start: z.int(),
  end: z.int(),
  /** hangup: by the contact; completed: the scenario came to its end. */
  termination: z.enum(['hangup', 'completed', 'transfer', 'error', 'aborted']),
  /** `context id:option key` of the last node reached. */
  result: z.string().optional(),
  /** All nodes in order, comma separated. */
  route: z.string().optional(),
});

export const statusSchema = z.strictObject({
  date,
  type: statusType,
  /** Call, fax. */
  time: seconds.optional(),
  /** Call: who answered. */
  amd: z.enum(['unknown', 'fax', 'machine', 'human']).optional(),
  /** MMS, mail: octets as submitted. */
  size: z.int().nonnegative().optional(),
  /** Fax: pages sent. */
  page: z.int().nonnegative().optional(),
  /** ERROR, ABORTED: native to the medium: SMPP command_status or receipt `err`, SMTP enhanced status, Q.850, T.30. */
  code: z.string().optional(),
  /** ERROR, ABORTED: a sentence; ANSWERED: the contact's text. */
  info: z.string().optional(),
  vxml_info: vxmlInfoSchema.optional(),
  transfer: transferSchema.optional(),
});

export const reportItemSchema = z.strictObject({
  /** E.164 with plus; for mail the address. */
  to: z.string(),
  /** When that happened which caused this report. */
  date,
  /** One attempt; a retry is another one. */
  call_id: hexId,
  /** Absent for a single send. */
  broadcast_id: hexId.optional(),
  contact_id: hexId,
  space_id: z.string().regex(/^\d+$/),
  /** The customer's own reference of the contact. */
  ref_externe: z.string().optional(),
  /** Newest first; or only the one that caused this report, if the endpoint asks for `latest`. */
  status_list: z.array(statusSchema).min(1),
  /** The current one. A late receipt is reported and does not lower it. */
  status: statusType,
});

/** `least`: how many reports of a media there are where it is named. */
function reportsOf(least: 0 | 1) {
  const items = z.array(reportItemSchema).min(least).optional();
  return z
    .strictObject({
      /** The space's service identifier. */
      username: z.string(),
      sms: items,
      mms: items,
      mail: items,
      fax: items,
      call: items,
    })
    .refine((report) => reportMedia.some((media) => report[media]), 'holds at least one media');
}

export const statusReportSchema = z.strictObject({ status_report: reportsOf(1) });

/** A broadcast's results: the reports of its media; none while nothing is known of any attempt. */
export const broadcastResultsSchema = z.strictObject({ status_report: reportsOf(0) });

export type StatusType = z.infer<typeof statusType>;
export type VxmlInfo = z.infer<typeof vxmlInfoSchema>;
export type Status = z.infer<typeof statusSchema>;
export type ReportItem = z.infer<typeof reportItemSchema>;
export type StatusReport = z.infer<typeof statusReportSchema>;
