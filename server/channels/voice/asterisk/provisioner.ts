// Brings Asterisk's PJSIP objects to what is wanted, by differences; wholly after every connect, because an Asterisk that
// was restarted has lost them, and one that was not may hold some that were deleted while we were away.
import type { Clock } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import { type AriClient, AriRefusal } from './ari-client.ts';
import {
  type Change,
  changesBetween,
  fingerprintOf,
  isFingerprint,
  objectsBelow,
  type PjsipObject,
} from './provisioning.ts';

/** The sorcery instance of all of them, whichever module defines the type. */
const configClass = 'res_pjsip';
/** So many requests are under way at once: commands for calls wait behind them. */
const batch = 50;
const goneEveryMs = 5;
const goneLimitMs = 2_000;

export class Provisioner {
  readonly #ari: AriClient;
  readonly #clock: Clock;
  readonly #log: Log;
  #known: readonly PjsipObject[] = [];

  constructor(options: { ari: AriClient; clock: Clock; log: Log }) {
    this.#ari = options.ari;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  async apply(wanted: readonly PjsipObject[]): Promise<void> {
    await this.#carryOut(changesBetween(this.#known, wanted));
    this.#known = wanted;
  }

  async applyWholly(wanted: readonly PjsipObject[]): Promise<void> {
    // Of one technology would be refused while it has no endpoint.
    const endpoints = await this.#ari.request('GET /endpoints');
    const names = endpoints.filter(({ technology }) => technology === 'PJSIP').map(({ resource }) => resource);
    const found: PjsipObject[] = [];
    for (const some of inBatches(names))
      found.push(...(await Promise.all(some.map((name) => this.#objectsOf(name, wanted)))).flat());
    this.#known = found;
    await this.apply(wanted);
  }

  /** What an earlier life of ours has made for that endpoint. The user's own Asterisk may have others. */
  async #objectsOf(endpoint: string, wanted: readonly PjsipObject[]): Promise<PjsipObject[]> {
    const path = { configClass, objectType: 'endpoint', id: endpoint };
    const fields = await this.#ari.request('GET /asterisk/config/dynamic/{configClass}/{objectType}/{id}', { path });
    const fingerprint = fields.find(({ attribute }) => attribute === 'accountcode')?.value ?? '';
    if (!isFingerprint(fingerprint)) return [];
    return fingerprint === fingerprintOf(endpoint, wanted)
      ? wanted.filter(({ id }) => id === endpoint)
      : objectsBelow(endpoint);
  }

  async #carryOut(changes: readonly Change[]): Promise<void> {
    const deletes = changes.filter((change) => change.do === 'delete');
    const puts = changes.filter((change) => change.do === 'put');
    for (const some of inBatches(deletes)) await Promise.all(some.map((change) => this.#change(change)));
    if (deletes.length > 0) await this.#endpointsGone(puts);
    for (const some of inBatches(puts)) await Promise.all(some.map((change) => this.#change(change)));
  }

  /**
   * Asterisk forgets an endpoint some time after it has deleted it: one that was made anew before that would be forgotten
   * too, and its phone never be reachable.
   */
  async #endpointsGone(puts: readonly Change[]): Promise<void> {
    const awaited = new Set(puts.filter(({ object }) => object.type === 'endpoint').map(({ object }) => object.id));
    for (let waitedMs = 0; waitedMs < goneLimitMs; waitedMs += goneEveryMs) {
      const endpoints = await this.#ari.request('GET /endpoints');
      if (!endpoints.some(({ technology, resource }) => technology === 'PJSIP' && awaited.has(resource))) return;
      await new Promise<void>((resolve) => this.#clock.after(goneEveryMs, resolve));
    }
    this.#log.warn({}, 'Asterisk does not forget endpoints that were deleted');
  }

  async #change({ do: what, object }: Change): Promise<void> {
    const path = { configClass, objectType: object.type, id: object.id };
    try {
      if (what === 'put')
        await this.#ari.request('PUT /asterisk/config/dynamic/{configClass}/{objectType}/{id}', {
          path,
          body: { fields: object.fields.map(([attribute, value]) => ({ attribute, value })) },
        });
      else await this.#ari.request('DELETE /asterisk/config/dynamic/{configClass}/{objectType}/{id}', { path });
    } catch (error) {
      if (!(error instanceof AriRefusal)) throw error;
      if (what === 'delete' && error.status === 404) return;
      // One trunk with a host that cannot be resolved must not keep all phones from working.
      this.#log.error({ err: error, object: object.id, type: object.type, what }, 'Asterisk refused a trunk or phone');
    }
  }
}

function inBatches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / batch) }, (_, at) => all.slice(at * batch, (at + 1) * batch));
}
