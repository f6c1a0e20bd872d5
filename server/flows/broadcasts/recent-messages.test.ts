import { expect, test } from 'vitest';
import { asId, asKey, type AttemptId, type ChannelId, instant, type SpaceId } from '../../domain/ids.ts';
import { type RecentMessage, RecentMessages } from './recent-messages.ts';

const space = asId<SpaceId>(1);
const [orange, free] = [asId<ChannelId>(1), asId<ChannelId>(2)];
const at = (second: number) => instant(1_000 * second);
const attempt = (name: string | number) => asKey<AttemptId>(`attempt ${name}`);

function message(of: string | number, differs: Partial<RecentMessage> = {}): RecentMessage {
  return {
    ...{ attempt: attempt(of), space, media: 'sms', to: '+33612345678', from: '36105', channel: orange, at: at(1) },
    ...differs,
  };
}

const replied = { media: 'sms', address: '+33612345678', sender: '36105', channel: orange, since: at(0) } as const;

test('a receipt finds its message by the id of its own carrier', () => {
  const recent = new RecentMessages();
  recent.add(['7', '8'], message('a'));
  recent.add(['7'], message('b', { channel: free }));
  expect(recent.find(orange, ['7'], null)).toEqual({ attempt: attempt('a'), carrierId: '7' });
  expect(recent.find(orange, ['8'], null)).toEqual({ attempt: attempt('a'), carrierId: '8' });
  expect(recent.find(free, ['7'], null)).toEqual({ attempt: attempt('b'), carrierId: '7' });
  expect(recent.find(free, ['8'], null)).toBeUndefined();
});

test('of all channels together twice as many are remembered at most', () => {
  const recent = new RecentMessages({ least: 10 });
  for (let id = 0; id < 100; id++) recent.add([`${id}`], message(id, { channel: asId<ChannelId>(id % 20) }));
  const known = Array.from({ length: 100 }, (_, id) => recent.find(asId<ChannelId>(id % 20), [`${id}`], null));
  expect(known.slice(90).every((found) => found !== undefined)).toBe(true);
  expect(known.filter((found) => found !== undefined).length).toBeLessThanOrEqual(20);
});

test('a reply is to the newest message under the number that it was sent to, or under the carrier’s own', () => {
  const recent = new RecentMessages();
  recent.add(['1'], message('older'));
  recent.add(['2'], message('other sender', { from: '38200' }));
  recent.add(['3'], message('newer', { at: at(2) }));
  recent.add(['4'], message('own', { from: null, at: at(3) }));
  recent.add(['5'], message('own of the other', { from: null, channel: free, at: at(4) }));
  const ids = (differs: Partial<Parameters<RecentMessages['answerable']>[1]> = {}) =>
    recent.answerable(space, { ...replied, ...differs }).map(({ id }) => id);
  expect(ids()).toEqual([attempt('newer'), attempt('own')]);
  expect(ids({ sender: '38200' })).toEqual([attempt('other sender'), attempt('own')]);
  expect(ids({ since: at(3) })).toEqual([attempt('own')]);
  expect(ids({ address: '+33612345679' })).toEqual([]);
});

test('ten senders to one address are remembered, the newest of them', () => {
  const recent = new RecentMessages();
  for (let sender = 0; sender < 12; sender++) recent.add([`${sender}`], message(sender, { from: `3610${sender}` }));
  const known = (sender: number) => recent.answerable(space, { ...replied, sender: `3610${sender}` }).length === 1;
  expect(Array.from({ length: 12 }, (_, sender) => sender).filter(known)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});
