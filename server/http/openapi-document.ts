// The text of docs/openapi.json, made by the server that would serve it. Nothing is asked of its parts: describing
// calls no handler.
import { readFile } from 'node:fs/promises';
import type { Metrics } from '../projections/metrics.ts';
import { realClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { buildHttp, type HttpOptions } from './server.ts';

const parts = {
  log: silentLog,
  clock: realClock,
  registrar: '',
  adminKey: null,
  trustedProxies: [],
  origins: [],
  tls: null,
  livePage: null,
  ready: () => [],
} satisfies Partial<HttpOptions>;

export async function openApiDocument(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  const app = await buildHttp({ ...parts, ...unused(), version });
  await app.ready();
  const text = `${JSON.stringify(app.swagger(), null, 2)}\n`;
  await app.close();
  return text;
}

/** Parts which say so, should a handler run after all. */
function unused(): Omit<HttpOptions, keyof typeof parts | 'version'> {
  const nothing = new Proxy(
    {},
    {
      get(_target, name) {
        throw new Error(`${String(name)} was asked for while the API was only described`);
      },
    },
  );
  return {
    db: nothing as HttpOptions['db'],
    directories: nothing as HttpOptions['directories'],
    accounts: nothing as HttpOptions['accounts'],
    centre: nothing as HttpOptions['centre'],
    campaigns: nothing as HttpOptions['campaigns'],
    broadcasts: nothing as HttpOptions['broadcasts'],
    callHistory: nothing as HttpOptions['callHistory'],
    recordings: nothing as HttpOptions['recordings'],
    delivery: nothing as HttpOptions['delivery'],
    askUrl: nothing as HttpOptions['askUrl'],
    soundsSettled: nothing as HttpOptions['soundsSettled'],
    metrics: nothing as Metrics,
  };
}
