import { addressPolicy } from '../server/platform/guarded-http/addresses.ts';
import { guardedConnector, TargetForbidden } from '../server/platform/guarded-http/connector.ts';
import { aForbiddenHost, aPublicHost } from '../server/platform/guarded-http/testing/forbidden.ts';
import type { Program } from './program.ts';

export const program: Program = {
  about:
    'Forbidden addresses in all spellings of a URL, --count=1000000 generated ones: none may be connected to, and no public one refused.',
  async run({ options, say }) {
    const count = Number(options.get('count') ?? 1_000_000);
    const policy = addressPolicy([]);
    const connect = guardedConnector({ policy, connectTimeoutMs: 1_000 });
    let reached = 0;
    let refusedPublic = 0;
    for (let at = 0; at < count; at++) {
      const host = aForbiddenHost(Math.random);
      const { hostname } = new URL(`http://${host}/`);
      let refusal: unknown = null;
      connect({ hostname, protocol: 'http:', port: '9' }, (...[error]) => {
        refusal = error;
      });
      if (!(refusal instanceof TargetForbidden) && reached++ < 10) say(`${host} was not refused`);
      const open = aPublicHost(Math.random).replace(/^\[|\]$/g, '');
      if (!policy.allows(open) && refusedPublic++ < 10) say(`${open} was refused`);
    }
    const exact = (what: string, found: number) => ({
      what,
      ours: String(found),
      against: null,
      ratio: null,
      target: '0',
      met: found === 0,
    });
    return [
      exact(`forbidden addresses reached, of ${count}`, reached),
      exact(`public addresses refused, of ${count}`, refusedPublic),
    ];
  },
};
