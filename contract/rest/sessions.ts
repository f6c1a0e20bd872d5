import { z } from 'zod';
import { Moment } from './common.ts';
import { Password, User, Username } from './users.ts';

export const Login = z.strictObject({ username: Username, password: Password });

export const Session = z.object({ user: User, expires_at: Moment }).meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;
