// A status of an attempt as a report of it.
import type { ReportItem, ReportMedia, Status } from '../../../contract/reports.ts';
import type { SpaceId } from '../../domain/ids.ts';
import type { KnownStatus } from '../../store/contact-attempts.ts';
import { furthest } from './attempt-history.ts';
import { localDate } from './dates.ts';
import type { Told } from './page.ts';

/** What an endpoint wants to read. */
export interface ReportSettings {
  /** Every status so far, or the one that causes the report. */
  statusList: 'full' | 'latest';
  /** Also of MMS and mail: that it was received, that it was answered. */
  extended: boolean;
}

/** The media's name is the key, or the element, under which the item stands. */
export interface Report {
  username: string;
  media: ReportMedia;
  item: ReportItem;
}

/** null: the endpoint does not want to know. */
export function reportOf(space: SpaceId, { attempt, status }: Told, settings: ReportSettings): Report | null {
  const { media, username, timeZone, to, broadcast, contact, refExterne } = attempt.about;
  const extended = settings.extended && attempt.about.extended !== false;
  const isWanted = ({ type }: KnownStatus) => extended || !isExtended(media, type);
  if (!isWanted(status)) return null;
  const known = attempt.statuses.filter(isWanted);
  const shown = settings.statusList === 'full' ? known.toReversed() : [status];
  return {
    username,
    media,
    item: {
      to,
      date: localDate(status.at, timeZone),
      call_id: attempt.id,
      ...(broadcast === null ? {} : { broadcast_id: broadcast }),
      contact_id: contact,
      space_id: String(space),
      ...(refExterne === null ? {} : { ref_externe: refExterne }),
      status_list: shown.map((one) => statusAt(one, timeZone)),
      status: furthest(known)!,
    },
  };
}

function isExtended(media: ReportMedia, type: KnownStatus['type']): boolean {
  return (media === 'mms' || media === 'mail') && (type === 'RECEIVED' || type === 'ANSWERED');
}

function statusAt({ at, ...status }: KnownStatus, timeZone: string): Status {
  return { date: localDate(at, timeZone), ...status };
}
