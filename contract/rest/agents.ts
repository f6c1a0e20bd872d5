import { z } from 'zod';
import { CallKey, Dialled, Id, IdText, Moment } from './common.ts';
import { PauseId } from './pauses.ts';

export const AgentState = z.enum(['available', 'paused', 'logged_out']);

export const Agent = z
  .object({
    user_id: Id,
    space_id: Id,
    state: AgentState,
    pause_id: PauseId.nullable(),
    phone: z.enum(['free', 'ringing', 'calling', 'connected', 'wrap_up', 'unreachable']),
    call_id: CallKey.nullable(),
    since: Moment.nullable().describe('null: he has never logged in'),
  })
  .meta({ id: 'Agent' });
export type Agent = z.infer<typeof Agent>;

export const AgentStateInput = z
  .strictObject({
    state: AgentState,
    pause_id: PauseId.optional().describe('of paused only; default: user15, unavailable'),
  })
  .refine((input) => input.state === 'paused' || input.pause_id === undefined, {
    path: ['pause_id'],
    message: 'is for paused only',
  });

export const PushCall = z.strictObject({ number: Dialled });

export const AgentPath = z.object({ user_id: IdText });
