// spec: the response of a Call Interactive request, line by line.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readResponse } from './response.ts';

const inResponse = (actions: string) => `<Response>${actions}</Response>`;
const read = (xml: string) => readResponse(new TextEncoder().encode(xml));
const runs = (xml: string) => read(xml).actions.map(({ place: _place, ...action }) => action);
const problems = (xml: string) => read(xml).problems.map(({ severity, code }) => `${severity} ${code}`);

const sound = 'ae3d969ccc49e1a7746e0b1ce36ee4176190040c.wav';

describe('the documents of the manual', () => {
  const expected: Record<string, object> = {
    'hangup.xml': { type: 'hangup' },
    'jump.xml': { type: 'jump', context: '3', option: 'start' },
    'pause.xml': { type: 'pause', seconds: 15 },
    'playsound.xml': { type: 'play_sound', where: 'background', digitVariable: 'transferDestination', file: sound },
    'setcaller.xml': { type: 'set_caller_id', name: 'callerName', number: '92992' },
    'setvar.xml': { type: 'set_variable', name: 'transferDestination', value: '09897987' },
    'simpletransfer.xml': {
      type: 'simple_transfer',
      numbers: ['NUM1', 'NUM2'],
      final: false,
      timeoutS: 20,
      earlyMedia: false,
    },
  };
  const folder = new URL('./fixtures/', import.meta.url);
  const documents = readdirSync(folder).filter((file) => file.endsWith('.xml'));
  test('are all here', () => expect(documents.toSorted()).toEqual(Object.keys(expected)));
  test.each(documents)('%s', (file) => {
    const { actions, problems: found } = readResponse(readFileSync(new URL(file, folder)));
    expect(found).toEqual([]);
    expect(actions).toEqual([{ ...expected[file], place: { line: 3, column: 5 } }]);
  });
});

describe('each action', () => {
  const transfer = { type: 'simple_transfer', numbers: ['101'], final: true, timeoutS: null, earlyMedia: false };
  const cases: [rule: string, xml: string, action: object][] = [
    ['Hangup', '<Hangup/>', { type: 'hangup' }],
    ['Hangup with an end tag', '<Hangup></Hangup>', { type: 'hangup' }],
    ['Pause: seconds', '<Pause length="7"/>', { type: 'pause', seconds: 7 }],
    ['Pause: no length is 10', '<Pause/>', { type: 'pause', seconds: 10 }],
    ['Pause: an empty length is 10', '<Pause length=""/>', { type: 'pause', seconds: 10 }],
    ['Pause: a negative length is 10', '<Pause length="-1"/>', { type: 'pause', seconds: 10 }],
    ['Pause: a fraction is 10', '<Pause length="1.5"/>', { type: 'pause', seconds: 10 }],
    ['Pause: a word is 10', '<Pause length="long"/>', { type: 'pause', seconds: 10 }],
    ['Pause: 0 is no wait', '<Pause length="0"/>', { type: 'pause', seconds: 0 }],
    ['Pause: 3600 is the most', '<Pause length="3600"/>', { type: 'pause', seconds: 3600 }],
    ['Pause: more than 3600 is 3600', '<Pause length="3601"/>', { type: 'pause', seconds: 3600 }],
    ['Pause: a number without end is 3600', `<Pause length="${'9'.repeat(400)}"/>`, { type: 'pause', seconds: 3600 }],
    ['SetVar', '<SetVar name="vip">1</SetVar>', { type: 'set_variable', name: 'vip', value: '1' }],
    [
      'SetVar: text verbatim',
      '<SetVar name="x"> a\n b </SetVar>',
      { type: 'set_variable', name: 'x', value: ' a\n b ' },
    ],
    ['SetVar: empty', '<SetVar name="x"/>', { type: 'set_variable', name: 'x', value: '' }],
    [
      'SetVar: CDATA verbatim',
      '<SetVar name="x">1<![CDATA[<&]]>2</SetVar>',
      { type: 'set_variable', name: 'x', value: '1<&2' },
    ],
    [
      'SetVar: the five entities and character references',
      '<SetVar name="x">&lt;&amp;&#65;&#x42;&quot;</SetVar>',
      { type: 'set_variable', name: 'x', value: '<&AB"' },
    ],
    [
      'SetVar: a comment is no text',
      '<SetVar name="x">a<!-- b -->c</SetVar>',
      { type: 'set_variable', name: 'x', value: 'ac' },
    ],
    ['Jump', '<Jump context="3" option="start"/>', { type: 'jump', context: '3', option: 'start' }],
    ['SetCaller', '<SetCaller name="Acme" number="92992"/>', { type: 'set_caller_id', name: 'Acme', number: '92992' }],
    [
      'SetCallerId is the same',
      '<SetCallerId name="Acme" number="92992"/>',
      { type: 'set_caller_id', name: 'Acme', number: '92992' },
    ],
    [
      'SetCaller: a caller may be shown without a name',
      '<SetCaller name="" number="92992"/>',
      { type: 'set_caller_id', name: '', number: '92992' },
    ],
    [
      'PlaySound: foreground by default',
      '<PlaySound>a.wav</PlaySound>',
      { type: 'play_sound', where: 'foreground', file: 'a.wav' },
    ],
    [
      'PlaySound: its content is trimmed',
      '<PlaySound where="foreground">\n  a.wav\t</PlaySound>',
      { type: 'play_sound', where: 'foreground', file: 'a.wav' },
    ],
    [
      'PlaySound: background with digitvar',
      '<PlaySound where="background" digitvar="choice">a.wav</PlaySound>',
      { type: 'play_sound', where: 'background', digitVariable: 'choice', file: 'a.wav' },
    ],
    [
      'PlaySound: background without digitvar',
      '<PlaySound where="background">a.wav</PlaySound>',
      { type: 'play_sound', where: 'background', digitVariable: null, file: 'a.wav' },
    ],
    [
      'PlaySound: any other where is foreground',
      '<PlaySound where="Background">a.wav</PlaySound>',
      { type: 'play_sound', where: 'foreground', file: 'a.wav' },
    ],
    ['SimpleTransfer: one number', '<SimpleTransfer>101</SimpleTransfer>', transfer],
    ['SimpleTransfer: several', '<SimpleTransfer>101,102</SimpleTransfer>', { ...transfer, numbers: ['101', '102'] }],
    ['SimpleTransfer: white space around the list', '<SimpleTransfer>\n 101 \n</SimpleTransfer>', transfer],
    [
      'SimpleTransfer: final="no" is not final',
      '<SimpleTransfer final="no">101</SimpleTransfer>',
      { ...transfer, final: false },
    ],
    ['SimpleTransfer: final="NO" is final', '<SimpleTransfer final="NO">101</SimpleTransfer>', transfer],
    ['SimpleTransfer: final="" is final', '<SimpleTransfer final="">101</SimpleTransfer>', transfer],
    ['SimpleTransfer: timeout', '<SimpleTransfer timeout="20">101</SimpleTransfer>', { ...transfer, timeoutS: 20 }],
    ['SimpleTransfer: timeout 0 is the system’s', '<SimpleTransfer timeout="0">101</SimpleTransfer>', transfer],
    ['SimpleTransfer: timeout -5 is the system’s', '<SimpleTransfer timeout="-5">101</SimpleTransfer>', transfer],
    [
      'SimpleTransfer: a timeout of more than 3600 is 3600',
      '<SimpleTransfer timeout="999999999">101</SimpleTransfer>',
      { ...transfer, timeoutS: 3600 },
    ],
    [
      'SimpleTransfer: a timeout without end is 3600',
      `<SimpleTransfer timeout="${'9'.repeat(400)}">101</SimpleTransfer>`,
      { ...transfer, timeoutS: 3600 },
    ],
    ['SimpleTransfer: timeout 2.5 is the system’s', '<SimpleTransfer timeout="2.5">101</SimpleTransfer>', transfer],
    [
      'SimpleTransfer: early_media="True"',
      '<SimpleTransfer early_media="True">101</SimpleTransfer>',
      { ...transfer, earlyMedia: true },
    ],
    ['SimpleTransfer: early_media="true" is none', '<SimpleTransfer early_media="true">101</SimpleTransfer>', transfer],
  ];
  test.each(cases)('%s', (_rule, xml, action) => expect(runs(inResponse(xml))).toEqual([action]));
});

describe('none runs', () => {
  const cases: [rule: string, xml: string, problem: string][] = [
    ['11 actions', inResponse('<Pause length="1"/>'.repeat(11)), 'error too_many_actions'],
    ['10 actions and an unknown element', inResponse(`${'<Pause/>'.repeat(10)}<Dance/>`), 'error too_many_actions'],
    ['not well-formed', '<Response><Hangup/>', 'error not_well_formed'],
    ['two roots', '<Response><Hangup/></Response><Response/>', 'error not_well_formed'],
    ['text behind the root', '<Response><Hangup/></Response>ok', 'error not_well_formed'],
    ['an attribute twice', inResponse('<Pause length="1" length="2"/>'), 'error not_well_formed'],
    ['an entity that XML does not have', inResponse('<SetVar name="x">&nbsp;</SetVar>'), 'error not_well_formed'],
    ['a control character', inResponse('<SetVar name="x">\u0001</SetVar>'), 'error not_well_formed'],
    ['a second byte order mark', `\uFEFF\uFEFF${inResponse('<Hangup/>')}`, 'error not_well_formed'],
    ['HTML', '<html><body>Error<br></body></html>', 'error wrong_root'],
    ['wrong root', '<Answer><Hangup/></Answer>', 'error wrong_root'],
    ['wrong case of the root', '<response><Hangup/></response>', 'error wrong_root'],
    ['a DTD', `<!DOCTYPE Response>${inResponse('<Hangup/>')}`, 'error dtd'],
    [
      'entities of its own',
      `<!DOCTYPE r [<!ENTITY a "b">]>${inResponse('<SetVar name="x">&a;</SetVar>')}`,
      'error dtd',
    ],
    ['SetVar without a name', inResponse('<Hangup/><SetVar>1</SetVar>'), 'error attribute_missing'],
    ['SetVar with an empty name', inResponse('<SetVar name="">1</SetVar>'), 'error attribute_missing'],
    ['Jump without a context', inResponse('<Jump option="start"/>'), 'error attribute_missing'],
    ['Jump without an option', inResponse('<Jump context="3"/>'), 'error attribute_missing'],
    ['SetCaller without a name', inResponse('<SetCaller number="1"/>'), 'error attribute_missing'],
    ['SetCaller without a number', inResponse('<SetCaller name="a"/>'), 'error attribute_missing'],
    ['no number to transfer to', inResponse('<SimpleTransfer/>'), 'error broken_numbers'],
    ['a space between numbers', inResponse('<SimpleTransfer>101, 102</SimpleTransfer>'), 'error broken_numbers'],
    ['an empty number', inResponse('<SimpleTransfer>101,,102</SimpleTransfer>'), 'error broken_numbers'],
    ['a comma at the end', inResponse('<SimpleTransfer>101,</SimpleTransfer>'), 'error broken_numbers'],
    [
      '51 numbers',
      inResponse(`<SimpleTransfer>${Array(51).fill('101').join()}</SimpleTransfer>`),
      'error broken_numbers',
    ],
    ['more than 64 KiB', inResponse(`<SetVar name="x">${'a'.repeat(65_536)}</SetVar>`), 'error too_long'],
  ];
  test.each(cases)('%s', (_rule, xml, problem) => {
    expect(runs(xml)).toEqual([]);
    expect(problems(xml)).toContain(problem);
  });
});

describe('runs with a warning', () => {
  const cases: [rule: string, xml: string, types: string[], problem: string][] = [
    ['an unknown element is skipped', '<Dance/><Hangup/>', ['hangup'], 'warning unknown_element'],
    ['names are case-sensitive', '<hangup/><Pause/>', ['pause'], 'warning unknown_element'],
    ['an element called constructor', '<constructor/><Hangup/>', ['hangup'], 'warning unknown_element'],
    ['an element inside an action', '<SetVar name="x">a<b>c</b></SetVar>', ['set_variable'], 'warning unknown_element'],
    ['an unknown attribute', '<Hangup now="1"/>', ['hangup'], 'warning unknown_attribute'],
    ['text between actions', 'hello<Hangup/>', ['hangup'], 'warning ignored'],
    ['digitvar with foreground', '<PlaySound digitvar="x">a</PlaySound>', ['play_sound'], 'warning ignored'],
    ['an odd pause', '<Pause length="x"/>', ['pause'], 'warning unknown_value'],
    [
      'a very long timeout',
      '<SimpleTransfer timeout="3601">1</SimpleTransfer>',
      ['simple_transfer'],
      'warning unknown_value',
    ],
    ['an odd timeout', '<SimpleTransfer timeout="x">1</SimpleTransfer>', ['simple_transfer'], 'warning unknown_value'],
  ];
  test.each(cases)('%s', (_rule, xml, types, problem) => {
    expect(runs(inResponse(xml)).map(({ type }) => type)).toEqual(types);
    expect(problems(inResponse(xml))).toEqual([problem]);
  });
});

describe('no action, and nothing wrong', () => {
  test.each([
    ['an empty body', ''],
    ['a blank body', ' \r\n\t'],
    ['a byte order mark alone', '\uFEFF'],
    ['a Response without actions', '<Response/>'],
  ])('%s', (_rule, xml) => {
    expect(read(xml)).toMatchObject({ actions: [], problems: [] });
  });
});

test('10 actions all run, in their order', () => {
  const names = 'abcdefghij'.split('');
  const xml = inResponse(names.map((name) => `<SetVar name="${name}"/>`).join(''));
  expect(runs(xml).map((action) => action.type === 'set_variable' && action.name)).toEqual(names);
});

test('exactly 64 KiB are read', () => {
  const xml = (length: number) => inResponse(`<SetVar name="x">${'a'.repeat(length)}</SetVar>`);
  const room = 65_536 - xml(0).length;
  expect(runs(xml(room))).toHaveLength(1);
  expect(runs(xml(room + 1))).toHaveLength(0);
});

describe('every problem says where it is', () => {
  test.each([
    ['the end tag that does not fit', '<Response>\n  <Pause>\n</Response>', 3, 11],
    ['the element that is unknown', '<Response>\r\n\r\n   <Dance/></Response>', 3, 4],
    ['the eleventh action', `<Response>\n${'<Pause/>'.repeat(10)}\n  <Hangup/></Response>`, 3, 3],
    ['the action without its attribute', '<Response>\n <SetVar\n  nme="x"/></Response>', 2, 2],
    ['an & that is none of XML', '<Response>\n  <SetVar name="x">Fish & chips</SetVar>\n</Response>', 2, 25],
    ['such an & with a ; far behind it', '<Response>\n <SetVar name="x">a&b</SetVar>\n <Pause/>;</Response>', 2, 20],
    ['such an & in an attribute', '<Response>\n <SetCaller name="A & B" number="1"/></Response>', 2, 21],
    ['an & behind those that are fine', '<Response><!-- & --><SetVar name="x">&amp;<![CDATA[&]]>&', 1, 56],
    ['behind an & that is fine', '<Response><SetVar name="x">&#38;&lt;\n</Set></Response>', 2, 6],
    ['behind characters of two units', '<Response>😀😀<Dance/></Response>', 1, 13],
  ])('%s', (_rule, xml, line, column) => {
    expect(read(xml).problems.map((problem) => [problem.line, problem.column])).toContainEqual([line, column]);
  });
  test('the bytes that are no UTF-8', () => {
    const body = Buffer.concat([Buffer.from('<a>\né'), Buffer.from([0xff]), Buffer.from('</a>')]);
    expect(readResponse(body).problems).toMatchObject([{ code: 'charset', line: 2, column: 2 }]);
  });
});

describe('the charset', () => {
  const declared = (encoding: string, value: string) =>
    `<?xml version="1.0" encoding="${encoding}"?><Response><SetVar name="x">${value}</SetVar></Response>`;
  const utf16 = (text: string, bigEndian: boolean): Uint8Array => {
    const bytes = Buffer.from(text, 'utf16le');
    return bigEndian ? bytes.swap16() : bytes;
  };
  const windows1251 = (text: string): Uint8Array =>
    Uint8Array.from(text, (character) => {
      const code = character.charCodeAt(0);
      return code < 128 ? code : code - 0x0410 + 0xc0;
    });
  const cases: [rule: string, body: Uint8Array, value: string | undefined][] = [
    ['is UTF-8 when nothing is said', Buffer.from('<Response><SetVar name="x">Жé</SetVar></Response>'), 'Жé'],
    ['is UTF-8 as declared', Buffer.from(declared('utf-8', 'Жé')), 'Жé'],
    ['is UTF-8 by its mark, whatever is declared', Buffer.from(`\uFEFF${declared('windows-1251', 'Ж')}`), 'Ж'],
    ['is UTF-16 by its mark, little end first', utf16(`\uFEFF${declared('UTF-16', 'Ж')}`, false), 'Ж'],
    ['is UTF-16 by its mark, big end first', utf16(`\uFEFF${declared('UTF-16', 'Ж')}`, true), 'Ж'],
    ['is UTF-16 without a mark', utf16(declared('UTF-16', 'Ж'), true), 'Ж'],
    ['is ISO-8859-1 as declared', Buffer.from(declared('ISO-8859-1', 'é'), 'latin1'), 'é'],
    ['is windows-1251 as declared', windows1251(declared('windows-1251', 'Ж')), 'Ж'],
    ['is windows-1252 as declared, with its own signs', Buffer.from(declared('windows-1252', '\u0080'), 'latin1'), '€'],
    ['is not guessed: bytes that are no UTF-8', Buffer.from(declared('utf-8', 'é'), 'latin1'), undefined],
    ['is not any other', Buffer.from(declared('koi8-r', 'a')), undefined],
    ['is not UTF-16 when the bytes are not', Buffer.from(declared('UTF-16', 'a')), undefined],
    ['is as declared, however long the declaration', Buffer.from(declared(`koi8-r${'x'.repeat(300)}`, 'a')), undefined],
  ];
  test.each(cases)('%s', (_rule, body, value) => {
    const { actions, problems: found } = readResponse(body);
    if (value === undefined) expect([actions, found.length]).toEqual([[], 1]);
    else expect(actions).toMatchObject([{ value }]);
  });
});

test('a hostile document takes no longer than its length', () => {
  const size = 65_000;
  const hostile = [
    `<Response>${'<a>'.repeat(size / 3)}`,
    `<Response>😀${'<Ha/>'.repeat(size / 5)}</Response>`,
    `<Response>😀<Pause>${'<a/>'.repeat(size / 4)}</Pause></Response>`,
    `<Response><Pause>${'<a/>'.repeat(size / 4)}</Pause></Response>`,
    `<Response ${Array.from({ length: size / 8 }, (_, at) => `a${at}="" `).join('')}/>`.slice(0, size),
    `<Response><PlaySound>${' '.repeat(size)}</PlaySound></Response>`.slice(0, size),
    `<Response><PlaySound>x${' '.repeat(size - 100)}x</PlaySound></Response>`,
    `<Response>${'<'.repeat(size)}`,
    `<Response><SetVar name="x">${'&amp;'.repeat(size / 6)}</SetVar></Response>`,
    `<Response>${'x<!---->'.repeat(size / 9)}</Response>`,
    `<Response>${']]'.repeat(size / 2)}`,
  ];
  for (const xml of hostile) {
    const before = process.cpuUsage();
    read(xml);
    const { user } = process.cpuUsage(before);
    expect(user / 1_000, xml.slice(0, 40)).toBeLessThan(200);
  }
});
