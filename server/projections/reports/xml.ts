// A report as XML: fields are attributes, as docs/report.xsd says.
import {
  type ReportItem,
  type ReportMedia,
  reportMedia,
  type Status,
  type StatusReport,
} from '../../../contract/reports.ts';

export function reportXml({ status_report: { username, ...items } }: StatusReport): string {
  const elements = reportMedia.flatMap((media) => (items[media] ?? []).map((item) => reportXmlItem(media, item)));
  return reportXmlStart(username) + elements.join('') + reportXmlEnd;
}

/** The parts of a document, for one that is too long to hold. */
export function reportXmlStart(username: string): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<status_report${attributes({ username })}>\n`;
}

export function reportXmlItem(media: ReportMedia, item: ReportItem): string {
  const { to, status, call_id, broadcast_id, contact_id, ref_externe, space_id, date, status_list } = item;
  const fields = { to, status, call_id, broadcast_id, contact_id, ref_externe, space_id, date };
  return ` <${media}${attributes(fields)}>\n${status_list.map(statusXml).join('')} </${media}>\n`;
}

export const reportXmlEnd = '</status_report>\n';

function statusXml({ vxml_info, transfer, ...fields }: Status): string {
  const inside =
    (vxml_info ? `<vxml_info${attributes(vxml_info)}/>` : '') + (transfer ? `<transfer${attributes(transfer)}/>` : '');
  return `  <status${attributes(fields)}${inside === '' ? '/>' : `>${inside}</status>`}\n`;
}

function attributes(fields: Readonly<Record<string, string | number | boolean | undefined>>): string {
  let text = '';
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) text += ` ${name}="${typeof value === 'string' ? escaped(value) : value}"`;
  }
  return text;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Else a reader makes blanks of them.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** What XML 1.0 cannot say is U+FFFD. */
function escaped(value: string): string {
  if (/^[\w .,:;+@/()=-]*$/.test(value)) return value;
  return (
    value
      // oxlint-disable-next-line no-control-regex -- they are what must not pass
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/gu, '\ufffd')
      .replace(/[&<>"\t\n\r]/g, (character) => entities[character]!)
  );
}
