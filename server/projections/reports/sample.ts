// A report of an SMS that nobody has sent, for whoever tries an endpoint.
import type { ContactAttempt } from '../../store/contact-attempts.ts';
import { asKey, type Instant, type SpaceId } from '../../domain/ids.ts';
import { contentTypes, documentOf, type ReportFormat } from './document.ts';
import { reportOf, type ReportSettings } from './reports-of.ts';

/** Of no attempt and no contact. */
const nobody = '0'.repeat(24);

export function sampleReport(
  about: { space: SpaceId; username: string; timeZone: string; at: Instant },
  { format, ...settings }: ReportSettings & { format: ReportFormat },
): { contentType: string; body: string } {
  const { space, username, timeZone, at } = about;
  const status = { at, type: 'SENT' as const };
  const attempt: ContactAttempt = {
    id: asKey(nobody),
    about: {
      media: 'sms',
      broadcast: null,
      contact: asKey(nobody),
      // One of the numbers that France keeps for films.
      to: '+33639980000',
      from: null,
      refExterne: 'test',
      number: 1,
      channel: null,
      username,
      timeZone,
    },
    begunAt: at,
    status: status.type,
    statuses: [status],
    version: 2,
  };
  const report = reportOf(space, { attempt, status }, settings)!;
  return { contentType: contentTypes[format], body: documentOf(format, [report]) };
}
