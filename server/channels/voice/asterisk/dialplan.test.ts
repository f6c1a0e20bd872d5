import { expect, test } from 'vitest';
import { asteriskDialplan, contexts } from './dialplan.ts';

const sections = new Map(
  asteriskDialplan()
    .split(/^(?=\[)/m)
    .map((text) => [/^\[(.+)\]/.exec(text)![1]!, text]),
);

test('who comes in from outside or by a phone reaches nothing but our application', () => {
  for (const name of [contexts.trunk, contexts.phone, contexts.arrival]) {
    const applications = [...sections.get(name)!.matchAll(/^(?:exten =>[^,]+,1| same => n),(\w+)\(/gm)].map(
      (m) => m[1],
    );
    expect(new Set(applications), name).toEqual(new Set(['Stasis', 'Hangup']));
  }
  expect(asteriskDialplan()).not.toMatch(/\b(Dial|include|switch|System|Originate)\b/);
});

test('what was dialled cannot add arguments to Stasis', () => {
  for (const name of [contexts.trunk, contexts.phone])
    expect(sections.get(name)).toContain('${FILTER(0-9A-Za-z+*#._,${EXTEN})}');
});

test('no pattern is an extension that Asterisk runs after a hang-up', () => {
  const patterns = [...asteriskDialplan().matchAll(/^exten => (_[^,]+),/gm)].map((match) => match[1]!);
  expect(patterns.length).toBeGreaterThan(0);
  for (const pattern of patterns) expect(matches(pattern, 'h'), pattern).toBe(false);
});

/** Asterisk's patterns, as far as the dialplan uses them. */
function matches(pattern: string, extension: string): boolean {
  const expression = pattern.slice(1).replace(/X/g, '[0-9]').replace(/!$/, '.*').replace(/\.$/, '.+');
  return new RegExp(`^${expression}$`).test(extension);
}

test('every sandbox number of the specification has its subscriber', () => {
  const subscribers = sections.get('parley-sandbox-subscriber')!;
  for (const number of ['02', '03', '06', '07', '08', '09', '_XX'])
    expect(subscribers).toContain(`exten => ${number},1,`);
});
