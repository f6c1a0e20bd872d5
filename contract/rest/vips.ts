import { z } from 'zod';
import { changesOf, Id, PhoneNumber, SpaceOfBody } from './common.ts';

const ranks = {
  vip_rate: z.int().min(0).max(1_000_000),
  priority: z.int().min(0).max(1_000_000),
};

export const Vip = z.object({ space_id: Id, number: PhoneNumber, ...ranks }).meta({ id: 'Vip' });
export type Vip = z.infer<typeof Vip>;

const defaults = { vip_rate: ranks.vip_rate.default(0), priority: ranks.priority.default(100) };
export const VipInput = z.strictObject(defaults);
export type VipInput = z.output<typeof VipInput>;
export const NewVip = z.strictObject({ number: PhoneNumber, ...defaults, ...SpaceOfBody });
export const VipChanges = changesOf(ranks);
export const VipPath = z.object({ number: PhoneNumber });
