// The parts of campaigns, put together: what consultants ask (desk), what the journal tells (follower), what time brings
// (keeper).
import { isHere } from '../../domain/call.ts';
import type { Directory } from '../../domain/directory.ts';
import type { CallId, SpaceId } from '../../domain/ids.ts';
import type { Follower, Journal } from '../../journal/journal.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import type { RunningCentre } from '../running-centre.ts';
import { CampaignDesk } from './desk.ts';
import { campaignFollower } from './follower.ts';
import { CampaignKeeper } from './keeper.ts';

export interface CampaignsOptions {
  db: Database;
  journal: Pick<Journal, 'append' | 'readStream'>;
  centre: Pick<RunningCentre, 'request' | 'agent' | 'floor'>;
  directories: { of(space: SpaceId): Directory | undefined; spaces(): SpaceId[] };
  clock: Clock;
  newCallId: () => CallId;
  /** Lets the follower follow. */
  follow: (follower: Follower) => { caughtUp(): Promise<void> };
  background: Background;
  log: Log;
}

/** The follower begins at once; `keeper.start()` lets the rest begin, when calls can be made. */
export function openCampaigns(options: CampaignsOptions): { desk: CampaignDesk; keeper: CampaignKeeper } {
  const { db, journal, centre, directories, clock, newCallId, follow, background, log } = options;
  const following = follow(
    campaignFollower({
      directory: (space) => directories.of(space),
      ended: () => keeper.wake(),
      missed: (space, user) =>
        background.run(
          'set a consultant on pause',
          centre.request(space, { ask: 'setAgentState', user, state: 'paused', pause: 'user15' }),
        ),
    }),
  );
  const desk = new CampaignDesk({
    ...{ db, journal, centre, clock, newCallId, background },
    directory: (space) => directories.of(space),
    caughtUp: () => following.caughtUp(),
    consultantIsIn: (space, id) =>
      centre
        .floor(space)
        ?.call(id)
        ?.legs.some((leg) => leg.side === 'caller' && isHere(leg)) ?? false,
  });
  const keeper = new CampaignKeeper({ db, journal, centre, desk, directories, clock, background, log });
  return { desk, keeper };
}
