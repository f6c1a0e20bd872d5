// The types that the routes share.
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Delivery } from '../delivery/delivery.ts';
import type { BroadcastDesk } from '../flows/broadcasts/desk.ts';
import type { CampaignDesk } from '../flows/campaigns/desk.ts';
import type { Centre } from '../flows/centre.ts';
import type { TrialParts } from '../flows/ivr/try-ivr.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import type { Accounts } from '../store/accounts.ts';
import type { Directories } from '../store/directory.ts';
import type { CallHistory } from '../projections/calls/history.ts';
import type { Recordings } from './recordings.ts';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes work with. */
export interface RestParts {
  db: Database;
  directories: Directories;
  accounts: Accounts;
  centre: Centre;
  campaigns: CampaignDesk;
  broadcasts: BroadcastDesk;
  callHistory: CallHistory;
  recordings: Recordings;
  delivery: Omit<Delivery, 'stop'>;
  /** Asks a customer's URL, for an IVR that is tried. */
  askUrl: TrialParts['ask'];
  /** Resolves when calls can hear the sounds that are there now, or after so long; never rejects. */
  soundsSettled(withinMs: number): Promise<void>;
  clock: Clock;
  log: Log;
  /** `host:port` that phones register to. */
  registrar: string;
}
