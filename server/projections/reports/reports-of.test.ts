import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ReportItem, type StatusReport, statusReportSchema } from '../../../contract/reports.ts';
import type { AttemptEvent } from '../../domain/contacts/events.ts';
import { after, asId, type AttemptId, instant, type SpaceId } from '../../domain/ids.ts';
import { documentOf } from './document.ts';
import { changesOfPage } from './page.ts';
import { type Report, reportOf, type ReportSettings } from './reports-of.ts';
import { AttemptStory, attemptId, broadcastId, start } from './testing/attempts.ts';

const space = asId<SpaceId>(42);
const full: ReportSettings = { statusList: 'full', extended: true };
const latest: ReportSettings = { statusList: 'latest', extended: true };

function reportsOf(events: readonly AttemptEvent[], settings = full): Report[] {
  const page = events.map((event, index) => ({ event, version: index + 1 }));
  return changesOfPage(new Map(), page).told.flatMap((told) => reportOf(space, told, settings) ?? []);
}
const itemsOf = (events: readonly AttemptEvent[], settings = full): ReportItem[] =>
  reportsOf(events, settings).map(({ item }) => item);
const typesOf = ({ status, status_list }: ReportItem) => [status, status_list.map(({ type }) => type).join(' ')];

describe('the published samples', () => {
  const samples = ['1-sent', '2-received', '3-answered', '4-answered'].map((name) => {
    const text = readFileSync(new URL(`fixtures/sms.${name}.json`, import.meta.url), 'utf8');
    // One date was printed without its blank.
    return JSON.parse(text.replace(/(\d)CEST/, '$1 CEST')) as StatusReport;
  });
  const sms = new AttemptStory(1);
  const at = (clock: string) => instant(Date.parse(`2018-10-19T${clock}Z`));
  const attempt = '5bc9a8751a34791aff429efe' as AttemptId;
  const story = [
    sms.begun({ broadcast: null }),
    { ...sms.sent(), at: at('09:48:38') },
    { ...sms.received(0), at: at('09:48:39') },
    { ...sms.answered(0, 'Bien reçu'), at: at('10:03:25') },
    { ...sms.answered(0, 'Ok'), at: at('10:03:21') },
  ].map((event) => ({ ...event, attempt }));

  test('are what a receiver of the latest status gets: their keys in their order, their values', () => {
    const sent = reportsOf(story, latest).map((report) => JSON.parse(documentOf('json', [report])) as StatusReport);
    for (const [index, sample] of samples.entries()) {
      const { contact_id, space_id, ...item } = sent[index]!.status_report.sms![0]!;
      expect([contact_id, space_id]).toEqual(['5bc9a8700000000000000001', '42']);
      // Two of the samples are about another recipient under the same call_id.
      const expected = { ...sample.status_report.sms![0]!, to: '+33601020000' };
      expect(JSON.stringify(item)).toBe(JSON.stringify(expected));
      expect(sent[index]!.status_report.username).toBe(sample.status_report.username);
    }
  });

  test('in XML', () => {
    const [sent] = reportsOf(story, latest);
    expect(documentOf('xml', [sent!])).toBe(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<status_report username="123456789">
 <sms to="+33601020000" status="SENT" call_id="${attempt}" contact_id="5bc9a8700000000000000001" ref_externe="123456" space_id="42" date="2018-10-19 11:48:38 CEST">
  <status date="2018-10-19 11:48:38 CEST" type="SENT"/>
 </sms>
</status_report>
`);
  });
});

describe('the list of statuses', () => {
  const sms = new AttemptStory(1);

  test('grows, newest first; or is the one that caused the report', () => {
    const story = [sms.begun(), sms.sent(1), sms.received(2), sms.answered(3, 'Ok')];
    expect(itemsOf(story).map(typesOf)).toEqual([
      ['SENT', 'SENT'],
      ['RECEIVED', 'RECEIVED SENT'],
      ['ANSWERED', 'ANSWERED RECEIVED SENT'],
    ]);
    expect(itemsOf(story, latest).map(typesOf)).toEqual([
      ['SENT', 'SENT'],
      ['RECEIVED', 'RECEIVED'],
      ['ANSWERED', 'ANSWERED'],
    ]);
  });

  test('a receipt that comes after the answer is reported with its own date and lowers nothing', () => {
    const story = [sms.begun(), sms.sent(1), sms.answered(30, 'Ok'), sms.received(2)];
    const late = itemsOf(story).at(-1)!;
    expect(typesOf(late)).toEqual(['ANSWERED', 'ANSWERED RECEIVED SENT']);
    expect(late.date).toBe('2018-10-19 11:48:40 CEST');
    const [only] = itemsOf(story, latest).slice(-1);
    expect(typesOf(only!)).toEqual(['ANSWERED', 'RECEIVED']);
  });

  test('a second receipt, and each answer, is reported', () => {
    const story = [
      sms.begun(),
      sms.sent(1),
      sms.received(2),
      sms.received(4),
      sms.answered(9, 'A'),
      sms.answered(7, 'B'),
    ];
    expect(itemsOf(story).map(({ status }) => status)).toEqual([
      'SENT',
      'RECEIVED',
      'RECEIVED',
      'ANSWERED',
      'ANSWERED',
    ]);
    expect(
      itemsOf(story)
        .at(-1)!
        .status_list.map(({ info, type }) => info ?? type),
    ).toEqual(['A', 'B', ...['RECEIVED', 'RECEIVED', 'SENT']]);
  });

  test('a receipt that is dated by the minute stands before what it follows', () => {
    const story = [sms.begun(), sms.sent(1), { ...sms.received(0), at: after(start, -38_000) }];
    expect(itemsOf(story).map(typesOf).at(-1)).toEqual(['RECEIVED', 'RECEIVED SENT']);
  });

  test('contradictory receipts: what has arrived has arrived', () => {
    const failedThenArrived = [sms.begun(), sms.sent(1), sms.failed(2, '005', 'Undeliverable'), sms.received(3)];
    expect(itemsOf(failedThenArrived).map(({ status }) => status)).toEqual(['SENT', 'ERROR', 'RECEIVED']);
    const arrivedThenFailed = [sms.begun(), sms.sent(1), sms.received(2), sms.failed(3, '005', 'Undeliverable')];
    expect(itemsOf(arrivedThenFailed).map(({ status }) => status)).toEqual(['SENT', 'RECEIVED', 'RECEIVED']);
  });

  test('nothing is reported of an outcome that nobody knows, nor of a part; what settles it is', () => {
    const lost = [sms.begun(), sms.outcomeUnknown(1)];
    expect(itemsOf(lost)).toEqual([]);
    expect(itemsOf([...lost, sms.partReceived(2, 'c1'), sms.received(3)]).map(typesOf)).toEqual([
      ['RECEIVED', 'RECEIVED'],
    ]);
    expect(itemsOf([...lost, sms.failed(9, null, 'Nobody knows.')]).map(typesOf)).toEqual([['ERROR', 'ERROR']]);
  });

  test('of an attempt that has never begun nothing can be said', () => {
    expect(itemsOf([sms.received(1)])).toEqual([]);
  });
});

describe('what each media tells', () => {
  test('an error has its code and a sentence; without a code only that', () => {
    const sms = new AttemptStory(1);
    const [error] = itemsOf([sms.begun(), sms.failed(1, '11', 'Invalid destination address')]);
    expect(error!.status_list).toEqual([
      { date: '2018-10-19 11:48:39 CEST', type: 'ERROR', code: '11', info: 'Invalid destination address' },
    ]);
    const [aborted] = itemsOf([sms.begun(), sms.aborted(1, 'The contact has opted out.')]);
    expect(aborted!.status_list).toEqual([
      { date: '2018-10-19 11:48:39 CEST', type: 'ABORTED', info: 'The contact has opted out.' },
    ]);
  });

  test.each(['mms', 'mail'] as const)('%s: its size; what is ours only for endpoints that want it', (media) => {
    const message = new AttemptStory(1);
    const story = [
      message.begun({ media }),
      message.sent(1, { size: 51_200 }),
      message.received(2),
      message.answered(3, 'Ok'),
      message.failed(4, '5.2.2', 'Mailbox full'),
    ];
    expect(itemsOf(story).map(({ status }) => status)).toEqual(['SENT', 'RECEIVED', 'ANSWERED', 'ANSWERED']);
    const plain = itemsOf(story, { ...full, extended: false });
    expect(plain.map(typesOf)).toEqual([
      ['SENT', 'SENT'],
      ['ERROR', 'ERROR SENT'],
    ]);
    expect(plain[0]!.status_list[0]).toEqual({ date: '2018-10-19 11:48:39 CEST', type: 'SENT', size: 51_200 });
  });

  test.each(['mms', 'mail'] as const)(
    '%s of a broadcast that is not extended: nothing of ours for anybody',
    (media) => {
      const message = new AttemptStory(1);
      const begun = message.begun({ media, extended: false });
      const story = [begun, message.sent(1), message.received(2), message.answered(3, 'Ok')];
      expect(itemsOf(story).map(typesOf)).toEqual([['SENT', 'SENT']]);
    },
  );

  test('sms: an endpoint that wants nothing of ours is told of receipts and answers', () => {
    const sms = new AttemptStory(1);
    const story = [sms.begun(), sms.sent(1), sms.received(2), sms.answered(3, 'Ok')];
    expect(itemsOf(story, { ...full, extended: false })).toEqual(itemsOf(story));
  });

  test('fax: converted, then sent with its pages and seconds', () => {
    const fax = new AttemptStory(1);
    const [, sent] = itemsOf([
      fax.begun({ media: 'fax', channel: null }),
      fax.converted(1),
      fax.sent(90, { channel: null, carrierIds: [], pages: 3, timeS: 81 }),
    ]);
    expect(sent!.status_list).toEqual([
      { date: '2018-10-19 11:50:08 CEST', type: 'SENT', time: 81, page: 3 },
      { date: '2018-10-19 11:48:39 CEST', type: 'CONVERTED' },
    ]);
  });

  const call = new AttemptStory(1);
  const callStory = [
    call.begun({ media: 'call', to: '+33140000000', from: null, channel: null }),
    call.established(0),
    call.transferred(12, '+33180000000'),
    call.ended(34, 0, { termination: 'transfer', route: ['1:start', '2:1'], transferredTo: '+33180000000' }),
  ];

  test('call: who answered, where to it was transferred, how the scenario ended', () => {
    expect(itemsOf(callStory).at(-1)).toMatchObject({
      status: 'ENDED',
      status_list: [
        {
          ...{ date: '2018-10-19 11:49:12 CEST', type: 'ENDED', time: 34, amd: 'human' },
          vxml_info: {
            ...{ voicemail: false, start: 1539942518, end: 1539942552, termination: 'transfer' },
            ...{ result: '2:1', route: '1:start,2:1' },
          },
          transfer: { to: '+33180000000' },
        },
        { date: '2018-10-19 11:48:50 CEST', type: 'TRANSFERED', transfer: { to: '+33180000000' } },
        { date: '2018-10-19 11:48:38 CEST', type: 'ESTABLISHED', amd: 'human' },
      ],
    });
  });

  test('call, in XML', () => {
    const [, , ended] = reportsOf(callStory);
    expect(documentOf('xml', [ended!])).toBe(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<status_report username="123456789">
 <call to="+33140000000" status="ENDED" call_id="${attemptId(1)}" broadcast_id="${broadcastId(1)}" contact_id="5bc9a8700000000000000001" ref_externe="123456" space_id="42" date="2018-10-19 11:49:12 CEST">
  <status date="2018-10-19 11:49:12 CEST" type="ENDED" time="34" amd="human"><vxml_info voicemail="false" start="1539942518" end="1539942552" termination="transfer" result="2:1" route="1:start,2:1"/><transfer to="+33180000000"/></status>
  <status date="2018-10-19 11:48:50 CEST" type="TRANSFERED"><transfer to="+33180000000"/></status>
  <status date="2018-10-19 11:48:38 CEST" type="ESTABLISHED" amd="human"/>
 </call>
</status_report>
`);
  });

  test('call: nothing of nodes where none was reached', () => {
    const story = [call.begun({ media: 'call' }), call.ended(3, 1, { termination: 'error' })];
    const vxml_info = { voicemail: false, start: 1539942519, end: 1539942521, termination: 'error' };
    expect(itemsOf(story)[0]!.status_list[0]!.vxml_info).toEqual(vxml_info);
  });
});

test('what is not known is absent, and every report is as the contract says', () => {
  const sms = new AttemptStory(1);
  const [report] = reportsOf([sms.begun({ broadcast: null, refExterne: null }), sms.sent(1)]);
  expect(Object.keys(report!.item)).toEqual([
    ...['to', 'date', 'call_id', 'contact_id', 'space_id', 'status_list', 'status'],
  ]);
  const parsed = JSON.parse(documentOf('json', [report!]));
  expect(statusReportSchema.parse(parsed)).toEqual(parsed);
});
