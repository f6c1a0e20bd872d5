// The interface's lines, as a caller and the customer's server see them.
import { readFileSync } from 'node:fs';
import type { CustomerAnswer } from '../peers/customer.ts';
import type { AskingCase } from './asking-call.ts';

const manual = (file: string): { body: string } => ({
  body: readFileSync(new URL(`../../server/domain/call-interactive/fixtures/${file}.xml`, import.meta.url), 'utf8'),
});
const xml = (encoding: string, value: string): string =>
  `<?xml version="1.0" encoding="${encoding}"?><Response><SetVar name="vip">${value}</SetVar></Response>`;
const hangup = '<Response><Hangup/></Response>';
const transfer = (numbers: string, more = '') => `<SimpleTransfer ${more}>${numbers}</SimpleTransfer>`;
/** The sandbox's subscribers: what comes of a call to them. */
const [picksUpAndGoes, busy, noAnswer] = ['33150000008', '33150000002', '33150000003'];

export const manualCases: readonly AskingCase[] = [
  { rule: 'hangup.xml', answers: manual('hangup'), sees: { ivr: 'ended' } },
  { rule: 'jump.xml', answers: manual('jump'), sees: { ivr: 'jumped' } },
  { rule: 'pause.xml', answers: manual('pause'), sees: { ivr: 'went on' }, lasts: [15_000, 17_000] },
  { rule: 'playsound.xml', answers: manual('playsound'), sees: { ivr: 'went on', problems: ['missing_sound'] } },
  { rule: 'setcaller.xml', answers: manual('setcaller'), sees: { callerNumber: '92992', callerName: 'callerName' } },
  { rule: 'setvar.xml', answers: manual('setvar'), sees: { transferDestination: '09897987' } },
  {
    rule: 'simpletransfer.xml',
    answers: manual('simpletransfer'),
    sees: { ivr: 'went on', problems: ['unknown_target', 'unknown_target'] },
  },
];

const parameters = [
  'EventType=call_interactive&CallID=([0-9a-f]{32})&CallAPIID=3584705175%3A\\1&CallerIDNum=33611223344',
  'CallerIDName=Zo%20%2AA',
  'CalledDID=33141\\d{6}&CalledExtension=000%2A4\\d\\d&CalledExtensionID=\\d+',
  'CalledNumber=33141\\d{6}&CallStatus=ANSWER&CallFlow=IN$',
].join('&');
const [external, posted] = [new RegExp(`^${parameters}`), new RegExp(`^ ${parameters}`)];

export const requestCases: readonly AskingCase[] = [
  { rule: 'GET: the parameters in the order of the table', answers: '', asked: external, sees: { ivr: 'went on' } },
  { rule: 'POST: the same as a form', answers: '', asks: { method: 'POST' }, asked: posted, sees: {} },
  {
    rule: 'the URL’s own query stays first, a fragment is dropped, and a name that is there stays',
    answers: '',
    asks: { with: '?a=1&CallID=mine#part' },
    asked: /^a=1&CallID=mine&EventType=call_interactive&CallID=[0-9a-f]{32}&[^#]*$/,
    sees: {},
  },
  {
    rule: '$name in the query: an unset one is empty, $ without a name stays',
    answers: '',
    asks: { with: '?a=$unset&b=$&c=5$' },
    asked: /^a=&b=\$&c=5\$&EventType/,
    sees: {},
  },
  {
    rule: '$name in the query: encoded, by the longest name',
    answers: '',
    asks: { with: '?a=$var2&b=$var' },
    asked: /^a=a%20b%26%2A&b=1&EventType/,
    sees: {},
  },
  {
    rule: 'POST: variables in the URL’s own query',
    answers: '',
    asks: { method: 'POST', with: '?a=$var' },
    asked: /^a=1 EventType/,
    sees: {},
  },
  {
    rule: 'a private address is not asked',
    answers: '',
    asks: { url: 'http://10.0.0.1/' },
    sees: { ivr: 'went on', status: null, error: 'url_refused' },
    lasts: [0, 2_000],
  },
  {
    rule: 'the address of a cloud’s secrets is not asked',
    answers: '',
    asks: { url: 'http://169.254.169.254/latest/meta-data/' },
    sees: { ivr: 'went on', status: null, error: 'url_refused' },
  },
  {
    rule: 'a loopback address that the installation does not allow is not asked',
    answers: '',
    asks: { url: 'http://127.0.0.2/' },
    sees: { ivr: 'went on', status: null, error: 'url_refused' },
  },
  {
    rule: 'nobody listens at the URL',
    answers: '',
    asks: { url: 'http://127.0.0.1:1/' },
    sees: { ivr: 'went on', status: null, error: 'ECONNREFUSED' },
    lasts: [0, 2_000],
  },
];

export const responseCases: readonly AskingCase[] = [
  { rule: 'an empty body', answers: { body: '' }, sees: { ivr: 'went on', problems: [], error: null } },
  { rule: 'a blank body', answers: { body: ' \r\n' }, sees: { ivr: 'went on', problems: [], error: null } },
  { rule: '404', answers: { status: 404, body: hangup }, sees: { ivr: 'went on', status: 404 } },
  { rule: '500', answers: { status: 500, body: hangup }, sees: { ivr: 'went on', status: 500 } },
  {
    rule: 'a redirect is not followed',
    answers: { status: 302, location: 'http://127.0.0.1:1/', body: hangup },
    sees: { ivr: 'went on', status: 302 },
  },
  {
    rule: 'no answer within the limit of time',
    answers: { body: hangup, delay_s: 20 },
    asks: { timeoutS: 1 },
    sees: { ivr: 'went on', status: null, error: 'timeout' },
    lasts: [1_000, 2_500],
  },
  {
    rule: 'no end of the answer within the limit of time',
    answers: { body: hangup, ends: 'never' },
    asks: { timeoutS: 1 },
    sees: { ivr: 'went on', error: 'timeout' },
    lasts: [1_000, 2_500],
  },
  { rule: 'an answer cut off', answers: { body: hangup, ends: 'early' }, sees: { ivr: 'went on' } },
  {
    rule: 'more than 64 KiB',
    answers: { body: `${hangup}${' '.repeat(65_536)}` },
    sees: { ivr: 'went on', error: 'answer_too_long' },
  },
  { rule: '201 is as good as 200', answers: { status: 201, body: hangup }, sees: { ivr: 'ended', status: 201 } },
  { rule: 'Content-Type is not looked at', answers: { type: 'image/png', body: hangup }, sees: { ivr: 'ended' } },
  { rule: 'UTF-8 by its mark', answers: { body: xml('UTF-8', 'é'), charset: 'utf-8-sig' }, sees: { vip: 'é' } },
  { rule: 'UTF-16', answers: { body: xml('UTF-16', 'é'), charset: 'utf-16' }, sees: { vip: 'é' } },
  { rule: 'ISO-8859-1', answers: { body: xml('ISO-8859-1', 'é'), charset: 'latin-1' }, sees: { vip: 'é' } },
  { rule: 'windows-1251', answers: { body: xml('windows-1251', 'Ж'), charset: 'cp1251' }, sees: { vip: 'Ж' } },
  { rule: 'windows-1252', answers: { body: xml('windows-1252', '€'), charset: 'cp1252' }, sees: { vip: '€' } },
  {
    rule: 'a DTD is refused',
    answers: { body: `<!DOCTYPE Response>${hangup}` },
    sees: { ivr: 'went on', problems: ['dtd'] },
  },
  {
    rule: 'not well-formed: none runs',
    answers: { body: '<Response><Hangup/>' },
    sees: { ivr: 'went on', problems: ['not_well_formed'] },
  },
  {
    rule: 'wrong root: none runs',
    answers: { body: '<response><Hangup/></response>' },
    sees: { ivr: 'went on', problems: ['wrong_root'] },
  },
  {
    rule: '10 actions run',
    answers: `${'<Pause length="0"/>'.repeat(9)}<Hangup/>`,
    sees: { ivr: 'ended', problems: [] },
  },
  {
    rule: '11 actions: none runs',
    answers: `<Hangup/>${'<Pause/>'.repeat(10)}`,
    sees: { ivr: 'went on', problems: ['too_many_actions'] },
  },
  {
    rule: 'a required attribute is missing: none runs',
    answers: '<SetVar name="vip">1</SetVar><Jump context="3"/>',
    sees: { ivr: 'went on', vip: '', problems: ['attribute_missing'] },
  },
  {
    rule: 'a broken list of numbers: none runs',
    answers: `<SetVar name="vip">1</SetVar>${transfer('101, 102')}`,
    sees: { ivr: 'went on', vip: '', problems: ['broken_numbers'] },
  },
  {
    rule: 'an unknown element is skipped',
    answers: '<hangup/><SetVar name="vip">1</SetVar>',
    sees: { ivr: 'went on', vip: '1', problems: ['unknown_element'] },
  },
];

export const actionCases: readonly AskingCase[] = [
  { rule: 'Hangup: later actions do not run', answers: `<Hangup/>${transfer('101')}`, sees: { ivr: 'ended' } },
  { rule: 'Pause of 0', answers: '<Pause length="0"/>', sees: { ivr: 'went on' }, lasts: [0, 2_000] },
  { rule: 'Pause without a length is 10 s', answers: '<Pause/>', sees: { ivr: 'went on' }, lasts: [10_000, 12_000] },
  {
    rule: 'SetVar: CDATA verbatim',
    answers: '<SetVar name="vip">a <![CDATA[<&$x]]></SetVar>',
    sees: { vip: 'a <&$x' },
  },
  {
    rule: 'Jump: later actions do not run',
    answers: '<Jump context="3" option="start"/><SetVar name="vip">1</SetVar>',
    sees: { ivr: 'jumped', vip: '' },
  },
  {
    rule: 'Jump to nowhere: a warning, and the IVR goes on',
    answers: '<Jump context="9" option="start"/><SetVar name="vip">1</SetVar>',
    sees: { ivr: 'went on', vip: '1', problems: ['unknown_target'] },
  },
  {
    rule: 'the 51st question is not asked',
    answers: '<Jump context="1" option="start"/>',
    sees: { ivr: 'ended', questions: 50, problems: ['too_many_rounds', 'too_many_rounds'] },
  },
  {
    rule: 'SetCallerId is the same as SetCaller',
    answers: '<SetCallerId name="Acme" number="92992"/>',
    sees: { callerNumber: '92992', callerName: 'Acme' },
  },
  {
    rule: 'PlaySound in the foreground is heard to the end, whatever is pressed',
    answers: '<PlaySound>\n LONG \n</PlaySound>',
    digits: '12',
    sees: { ivr: 'went on', choice: '', problems: [] },
    lasts: [6_000, 9_000],
  },
  {
    rule: 'digitvar in the foreground: ignored, a warning',
    answers: '<PlaySound digitvar="choice">SHORT</PlaySound>',
    sees: { ivr: 'went on', problems: ['ignored'] },
    lasts: [1_000, 4_000],
  },
  {
    rule: 'PlaySound in the background: digits stop it and go into digitvar',
    answers: '<PlaySound where="background" digitvar="choice">LONG</PlaySound>',
    digits: '12',
    sees: { ivr: 'went on', choice: '12' },
    lasts: [1_000, 5_000],
  },
  {
    rule: 'PlaySound in the background: digit_len ends the gathering',
    answers: '<PlaySound where="background" digitvar="choice">LONG</PlaySound>',
    digits: '12',
    digitLen: 2,
    sees: { ivr: 'went on', choice: '12' },
    lasts: [1_000, 5_000],
  },
  {
    rule: 'PlaySound in the background, nothing pressed: heard to the end, the variable keeps its value',
    answers: '<SetVar name="choice">7</SetVar><PlaySound where="background" digitvar="choice">SHORT</PlaySound>',
    sees: { ivr: 'went on', choice: '7' },
    lasts: [1_000, 4_000],
  },
  {
    rule: 'PlaySound in the background without digitvar: the digits stop it, and are not kept',
    answers: '<SetVar name="choice">7</SetVar><PlaySound where="background">LONG</PlaySound>',
    digits: '1',
    sees: { ivr: 'went on', choice: '7' },
    lasts: [1_000, 5_000],
  },
  {
    rule: 'SimpleTransfer: answered; when that conversation ends, the call ends',
    answers: transfer(`${noAnswer},${picksUpAndGoes},${busy}`, 'final="no"'),
    sees: { ivr: 'ended', problems: [] },
  },
  {
    rule: 'SimpleTransfer: final and not answered ends the call',
    answers: `${transfer(busy)}<SetVar name="vip">1</SetVar>`,
    sees: { ivr: 'ended' },
  },
  {
    rule: 'SimpleTransfer: not final and not answered: the next action',
    answers: `${transfer(busy, 'final="no"')}<SetVar name="vip">1</SetVar>`,
    sees: { ivr: 'went on', vip: '1' },
  },
  {
    rule: 'SimpleTransfer: rings as long as it says',
    answers: transfer(noAnswer, 'final="no" timeout="2"'),
    sees: { ivr: 'went on' },
    lasts: [2_000, 4_500],
  },
  {
    rule: 'SimpleTransfer: a number that may not be dialled counts as not answering',
    answers: transfer(`99,${picksUpAndGoes}`),
    sees: { ivr: 'ended', problems: ['unknown_target'] },
  },
  {
    rule: 'SimpleTransfer: a telephone that nobody has plugged in counts as not answering',
    answers: transfer('101', 'final="no"'),
    sees: { ivr: 'went on' },
    lasts: [0, 3_000],
  },
];

/** Of a customer's server: `url` in place of its own. */
export const failures: readonly { what: string; answers: CustomerAnswer; url?: string; error?: string }[] = [
  { what: 'slow', answers: { body: hangup, delay_s: 20 }, error: 'timeout' },
  { what: 'dead', answers: { body: '' }, url: 'http://127.0.0.1:1/', error: 'ECONNREFUSED' },
  { what: '64 KiB and a byte', answers: { body: 'x'.repeat(65_537) }, error: 'answer_too_long' },
  { what: 'an answer that never ends', answers: { body: hangup, ends: 'never' }, error: 'timeout' },
  { what: 'an answer cut off', answers: { body: hangup, ends: 'early' } },
];
