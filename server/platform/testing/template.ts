import type { DatabaseAddress } from '../db.ts';

/** Migrated once a run; test databases are copies of it. */
export const TEMPLATE = 'parley_template';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The test run's own PostgreSQL, with a superuser. */
    postgres: DatabaseAddress;
  }
}
