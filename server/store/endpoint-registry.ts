// All endpoints in memory, secrets included: loaded at start, read again when their space has changed, in this process
// (refresh) or another (notice and poll). Projections and the delivery worker ask it for each event and push.
import type { Endpoint, RetryConfig, Subscription } from '../../contract/rest/endpoints.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { DIRECTORY_CHANNEL } from './changes.ts';
import { readVersions } from './directory-rows.ts';
import { Watch } from './watch.ts';

export interface EndpointSettings {
  id: number;
  space: SpaceId;
  type: Endpoint['type'];
  url: string;
  /** Of the URL: `https://host:port`. */
  origin: string;
  /** Of the URL, with the query. */
  path: string;
  format: Endpoint['format'];
  statusList: Endpoint['status_list'];
  extended: boolean;
  maxItems: number;
  headers: Readonly<Record<string, string>>;
  retry: { enabled: boolean; config: RetryConfig | null };
  /** null: every event; an event that is not listed is not wanted. */
  subscriptions: Readonly<Record<string, Subscription>> | null;
  concurrency: number;
  ratePerS: number | null;
  enabled: boolean;
  /** The newest first. `until`: epoch ms of its end. */
  secrets: readonly { secret: string; until: number | null }[];
}

export interface EndpointRegistry {
  /** Disabled ones as well: what is pushed to them waits. */
  of(space: SpaceId, type: Endpoint['type']): readonly EndpointSettings[];
  get(endpoint: number): EndpointSettings | undefined;
  /** Resolves when what was committed before is seen here. Never rejects: while PostgreSQL is away the poll sees to it. */
  refresh(space: SpaceId): Promise<void>;
  /** Told of endpoints that are new, changed or gone. */
  onChange(listener: (endpoints: readonly number[]) => void): () => void;
  close(): Promise<void>;
}

const POLL_MS = 2_000;

export async function openEndpointRegistry(options: {
  db: Database;
  log: Log;
  clock: Clock;
}): Promise<EndpointRegistry> {
  const registry = new StoredEndpoints(options);
  await registry.start();
  return registry;
}

class StoredEndpoints implements EndpointRegistry {
  readonly #db: Database;
  readonly #log: Log;
  readonly #watch: Watch;
  readonly #bySpace = new Map<SpaceId, readonly EndpointSettings[]>();
  readonly #byId = new Map<number, EndpointSettings>();
  readonly #versions = new Map<SpaceId, number>();
  readonly #listeners = new Set<(endpoints: readonly number[]) => void>();

  constructor({ db, log, clock }: { db: Database; log: Log; clock: Clock }) {
    this.#db = db;
    this.#log = log;
    const look = () => this.#catchUp();
    this.#watch = new Watch({ db, log, clock, channel: DIRECTORY_CHANNEL, everyMs: POLL_MS, look });
  }

  async start(): Promise<void> {
    await this.#watch.start(); // First, so that no change falls between reading and listening.
    await this.#catchUp();
  }

  of(space: SpaceId, type: Endpoint['type']): readonly EndpointSettings[] {
    return (this.#bySpace.get(space) ?? []).filter((endpoint) => endpoint.type === type);
  }

  get(endpoint: number): EndpointSettings | undefined {
    return this.#byId.get(endpoint);
  }

  async refresh(space: SpaceId): Promise<void> {
    try {
      await this.#read([space]);
    } catch (error) {
      this.#log.warn({ err: error, space }, 'endpoints not refreshed yet');
    }
  }

  onChange(listener: (endpoints: readonly number[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  async #catchUp(): Promise<void> {
    const versions = await readVersions(this.#db);
    const stale = versions.filter(({ space_id, version }) => (this.#versions.get(space_id) ?? 0) < version);
    if (stale.length > 0) await this.#read(stale.map(({ space_id }) => space_id));
  }

  async #read(spaces: readonly SpaceId[]): Promise<void> {
    for (const { space_id: space, version, endpoints } of await readSpaces(this.#db, spaces)) {
      if (version < (this.#versions.get(space) ?? 0)) continue; // Overtaken by a newer answer.
      this.#versions.set(space, version);
      this.#replace(space, endpoints.map(settingsOf));
    }
  }

  #replace(space: SpaceId, endpoints: readonly EndpointSettings[]): void {
    const before = this.#bySpace.get(space) ?? [];
    if (before.length === 0 && endpoints.length === 0) return;
    for (const { id } of before) this.#byId.delete(id);
    for (const endpoint of endpoints) this.#byId.set(endpoint.id, endpoint);
    this.#bySpace.set(space, endpoints);
    const ids = [...new Set([...before, ...endpoints].map(({ id }) => id))];
    for (const listener of this.#listeners) listener(ids);
  }
}

type EndpointRow = Endpoint & { secrets: { secret: string; until: number | null }[] };

async function readSpaces(
  db: Database,
  spaces: readonly SpaceId[],
): Promise<{ space_id: SpaceId; version: number; endpoints: EndpointRow[] }[]> {
  const { rows } = await db.query<{ space_id: SpaceId; version: number; endpoints: EndpointRow[] }>(
    {
      name: 'endpoint-registry-read',
      text: `
        select v.space_id, v.version,
               coalesce((select jsonb_agg(to_jsonb(e) || jsonb_build_object('secrets', (
                           select coalesce(jsonb_agg(jsonb_build_object(
                                    'secret', s.secret, 'until', floor(extract(epoch from s.expires_at) * 1000)) order by s.id desc), '[]')
                             from endpoint_secrets s
                            where s.space_id = e.space_id and s.endpoint_id = e.id
                              and (s.expires_at is null or s.expires_at > now()))) order by e.id)
                           from endpoints e where e.space_id = v.space_id), '[]') as endpoints
          from directory_versions v where v.space_id = any($1::int[])`,
    },
    [spaces],
  );
  return rows;
}

function settingsOf(row: EndpointRow): EndpointSettings {
  const url = new URL(row.url);
  return {
    id: row.id,
    space: row.space_id as SpaceId,
    type: row.type,
    url: row.url,
    origin: url.origin,
    path: url.pathname + url.search,
    format: row.format,
    statusList: row.status_list,
    extended: row.extended,
    maxItems: row.max_items,
    headers: row.headers,
    retry: { enabled: Boolean(row.retry_enabled), config: row.retry_config },
    subscriptions: row.subscriptions as EndpointSettings['subscriptions'],
    concurrency: row.concurrency,
    ratePerS: row.rate_per_s,
    enabled: row.enabled,
    secrets: row.secrets,
  };
}
