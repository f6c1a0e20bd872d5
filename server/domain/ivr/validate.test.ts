import { describe, expect, test } from 'vitest';
import type { IvrAction, IvrDefinition } from './definition.ts';
import { anIvr, ask, hangup, jump, play, set } from './testing/caller.ts';
import { validateIvr } from './validate.ts';

const known = {
  hasSound: (sound: unknown) => sound === 'menu.wav' || sound === 7,
  hasQueue: (queue: number) => queue === 1,
};
const found = (ivr: IvrDefinition) =>
  validateIvr(ivr, known).map(({ severity, path, code }) => `${severity} ${path} ${code}`);
const queue = (queue_id: number): IvrAction => ({ type: 'queue', queue_id, priority: null, vip_rate: null });
const only = (...actions: IvrAction[]) => anIvr({ main: { start: actions } });

test('a whole IVR has no findings', () => {
  const ivr = anIvr({
    main: {
      start: [play('menu.wav')],
      1: [queue(1)],
      2: [jump('second')],
      timeout: [jump('main')],
      invalid: [jump('main')],
    },
    second: { start: [{ type: 'play_sound', sound: 7 }], timeout: [hangup] },
  });
  expect(found(ivr)).toEqual([]);
});

describe('errors', () => {
  const cases: [rule: string, ivr: IvrDefinition, expected: string][] = [
    ['the entry is no context', { ...only(hangup), entry_context: 'x' }, 'error entry_context unknown_context'],
    ['a jump to no context', only(jump('x')), 'error contexts.0.options.0.actions.0.context unknown_context'],
    ['a jump to no option', only(jump('main', '7')), 'error contexts.0.options.0.actions.0.option unknown_option'],
    ['a missing sound', only(play('x.wav')), 'error contexts.0.options.0.actions.0.sound missing_sound'],
    [
      'a missing filler sound',
      only({ ...ask(), filler_sound: 'x.wav' } as IvrAction),
      'error contexts.0.options.0.actions.0.filler_sound missing_sound',
    ],
    [
      'a queue that is not there',
      only(set('x', '1'), queue(2)),
      'error contexts.0.options.0.actions.1.queue_id unknown_queue',
    ],
    ['a URL that is none', only(ask('crm/script')), 'error contexts.0.options.0.actions.0.url bad_url'],
    ['a URL of another scheme', only(ask('ftp://crm.example/')), 'error contexts.0.options.0.actions.0.url bad_url'],
    ['a URL with a password', only(ask('http://a:b@crm.example/')), 'error contexts.0.options.0.actions.0.url bad_url'],
    ['a loop', only(jump('main')), 'error contexts.0 no_way_out'],
    [
      'a menu that only comes back',
      anIvr({ main: { start: [], 1: [set('x', '1')], timeout: [jump('main')], invalid: [jump('main')] } }),
      'error contexts.0 no_way_out',
    ],
    [
      'a context further on that only comes back',
      anIvr({ main: { start: [], 1: [jump('b')], 2: [hangup] }, b: { start: [], timeout: [jump('b')] } }),
      'error contexts.1 no_way_out',
    ],
  ];
  test.each(cases)('%s', (_rule, ivr, expected) => expect(found(ivr)).toContain(expected));

  test('two contexts of one id, also as number and text', () => {
    const ivr = only(hangup);
    const [main] = ivr.contexts;
    const twice = {
      entry_context: 1,
      contexts: [
        { ...main!, id: 1 },
        { ...main!, id: '1' },
      ],
    };
    expect(found(twice)).toContain('error contexts.1.id duplicate');
  });
  test('two options of one key', () => {
    const [main] = only(hangup).contexts;
    const twice = { entry_context: 'main', contexts: [{ ...main!, options: [...main!.options, ...main!.options] }] };
    expect(found(twice)).toContain('error contexts.0.options.1.key duplicate');
  });
});

describe('warnings', () => {
  const cases: [rule: string, ivr: IvrDefinition, expected: string[]][] = [
    [
      "a context that only a customer's Jump could reach",
      anIvr({ main: { start: [ask()] }, 3: { start: [hangup] } }),
      ['warning contexts.0 only_by_customer_jump'],
    ],
    [
      'a context that nobody reaches',
      anIvr({ main: { start: [hangup] }, 3: { start: [hangup] } }),
      ['warning contexts.0 unreachable'],
    ],
    ['an entry without start', anIvr({ main: { 1: [hangup] } }), ['warning entry_context no_start']],
    ['actions after the last', only(hangup, set('x', '1')), ['warning contexts.0.options.0.actions.1 never_runs']],
    [
      'a variable where none is replaced',
      only(ask('https://crm.example/$x?a=$y')),
      ['warning contexts.0.options.0.actions.0.url variable_not_replaced'],
    ],
  ];
  test.each(cases)('%s', (_rule, ivr, expected) => expect(found(ivr)).toEqual(expected));
});

describe('a way out is', () => {
  const outs: [rule: string, ivr: IvrDefinition][] = [
    ['a script that is asked', anIvr({ main: { start: [ask()], timeout: [jump('main')] } })],
    ['a timeout that hangs up by being absent', anIvr({ main: { start: [], invalid: [jump('main')] } })],
    ['a digit', anIvr({ main: { start: [], 0: [queue(1)], timeout: [jump('main')] } })],
    ['a transfer', anIvr({ main: { start: [{ type: 'transfer', to: '101' }, jump('main')] } })],
  ];
  test.each(outs)('%s', (_rule, ivr) => expect(found(ivr)).toEqual([]));
});
