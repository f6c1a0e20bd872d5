// A process with an embedded PostgreSQL, for tests that kill it or run it as another user.
//   node run-postgres.ts HOME   prints {address, pid} when it is up; SIGTERM stops it
import { openLog } from '../log.ts';
import { startPostgres } from '../postgres/postgres.ts';
import { onStopRequest } from '../shutdown.ts';

const home = process.argv[2];
if (home === undefined) throw new Error('which home?');
const postgres = await startPostgres({ home, log: openLog({ level: 'silent' }) });
console.log(JSON.stringify({ address: postgres.address, pid: postgres.pid }));
const alive = setInterval(() => undefined, 60_000);
await new Promise<string>(onStopRequest);
clearInterval(alive);
await postgres.stop();
