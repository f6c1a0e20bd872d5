// An IVR is tried without a phone: its draft if there is one. Nothing of it is written, and no call is made.
import { IdPath } from '../../../contract/rest/common.ts';
import { IvrTrial, TriedIvr } from '../../../contract/rest/ivrs.ts';
import type { Directory } from '../../domain/directory.ts';
import { asId, type SpaceId } from '../../domain/ids.ts';
import { extensionDialled } from '../../domain/targets.ts';
import { tryIvr } from '../../flows/ivr/try-ivr.ts';
import { newLegId } from '../../platform/ids.ts';
import { shownData } from '../../projections/calls/shown-data.ts';
import { findIvr } from '../../store/ivrs.ts';
import type { App, RestParts } from '../app.ts';
import { admins, callerOf, requireReach } from '../auth.ts';
import { fieldRefused, notFound } from '../problem.ts';

export function ivrTrialRoutes(app: App, { db, directories, askUrl }: RestParts): void {
  app.post(
    '/ivrs/:id/try',
    {
      config: { access: admins },
      schema: { tags: ['ivrs'], params: IdPath, body: IvrTrial, response: { 200: TriedIvr } },
    },
    async (request) => {
      const stored = await findIvr(db, request.params.id);
      if (!stored) throw notFound();
      requireReach(callerOf(request), stored.space_id);
      const spaceId = asId<SpaceId>(stored.space_id);
      const directory = directories.of(spaceId);
      if (!directory) throw notFound();
      const { caller, called, did, digits, variables, answers, targets } = request.body;
      const inside = caller.extension === null ? null : extensionDialled(directory, caller.extension);
      if (inside === undefined) throw fieldRefused('caller.extension', 'is no extension of the space');
      const { outcome, requests, steps, ...tried } = await tryIvr(
        {
          ivr: {
            id: stored.id,
            name: stored.document.name,
            version: (stored.version ?? 0) + (stored.isDraft ? 1 : 0),
            definition: stored.document,
          },
          extension: extensionOf(directory, stored.id, called),
          caller: { ...caller, extension: inside?.number ?? null },
          ...{ called, did, variables, answers, targets },
          digits: digits.map((one) => ({ atMs: one.at_ms, digits: one.digits })),
        },
        { directory, newLegId, ask: askUrl },
      );
      return {
        outcome,
        variables: { ...tried.variables },
        requests: requests.map(({ method, url, body }) => ({ method, url, body })),
        steps: steps.map(({ atMs, fact: { type, ...data } }) => ({
          at_ms: atMs,
          type,
          ...shownData(data, (at) => at),
        })),
      };
    },
  );
}

/** The one that is called, if it leads to this IVR; else the first that does. null: none does yet. */
function extensionOf(
  { space, extensions }: Directory,
  ivr: number,
  called: string,
): { number: string; id: number } | null {
  const leading = [...extensions.values()].filter((one) => one.type === 'ivr' && one.ivr === ivr);
  const extended = (number: string) => `${space.code}*${number}`;
  const found = leading.find(({ number }) => number === called || extended(number) === called) ?? leading[0];
  return found ? { number: extended(found.number), id: found.id } : null;
}
