// Brings Asterisk's PJSIP objects to what is wanted, by differences; wholly after every connect, because an Asterisk that
// was restarted has lost them, and one that was not may hold some that were deleted while we were away.
import type { Log } from '../../../platform/log.ts';
import type { AriClient } from './ari-client.ts';
import { AriRefusal } from './ari-client.ts';
import type { Endpoint } from './ari-types.gen.ts';
import { variables } from './dialplan.ts';
import { type Change, changesBetween, objectsBelow, type PjsipObject } from './provisioning.ts';

/** The sorcery instance of all of them, whichever module defines the type. */
const configClass = 'res_pjsip';
/** So many requests are under way at once: commands for calls wait behind them. */
const batch = 50;

export class Provisioner {
  readonly #ari: AriClient;
  readonly #log: Log;
  #known: readonly PjsipObject[] = [];

  constructor(options: { ari: AriClient; log: Log }) {
    this.#ari = options.ari;
    this.#log = options.log;
  }

  async apply(wanted: readonly PjsipObject[]): Promise<void> {
    await this.#carryOut(changesBetween(this.#known, wanted));
    this.#known = wanted;
  }

  async applyWholly(wanted: readonly PjsipObject[]): Promise<void> {
    this.#known = (await this.#endpointsOfOurs(wanted)).flatMap(objectsBelow);
    await this.apply(wanted);
  }

  /** Endpoints that an earlier life of ours has made and nobody wants. The user's own Asterisk may have others. */
  async #endpointsOfOurs(wanted: readonly PjsipObject[]): Promise<string[]> {
    const kept = new Set(wanted.map(({ id }) => id));
    const all = await this.#ari.request('GET /endpoints/{tech}', { path: { tech: 'PJSIP' } });
    const ours: string[] = [];
    for (const { resource } of all) if (!kept.has(resource) && (await this.#isOurs(resource))) ours.push(resource);
    return ours;
  }

  async #isOurs(resource: Endpoint['resource']): Promise<boolean> {
    const path = { configClass, objectType: 'endpoint', id: resource };
    const fields = await this.#ari.request('GET /asterisk/config/dynamic/{configClass}/{objectType}/{id}', { path });
    return fields.some(
      ({ attribute, value }) =>
        attribute === 'set_var' && (value.startsWith(`${variables.phone}=`) || value.startsWith(`${variables.trunk}=`)),
    );
  }

  async #carryOut(changes: readonly Change[]): Promise<void> {
    for (let from = 0; from < changes.length; from += batch)
      await Promise.all(changes.slice(from, from + batch).map((change) => this.#change(change)));
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
