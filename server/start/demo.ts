// The demo of a new home: its space is filled before the rest starts, and comes to life when all else serves.
import type { Config } from '../config.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { startDemoBroadcast } from '../demo/broadcast.ts';
import { DemoLife } from '../demo/callers.ts';
import { demoCampaignOf, fillDemoCampaign, leadIntoInbox } from '../demo/campaign.ts';
import { DemoConsultant } from '../demo/consultant.ts';
import { insertDemoIvr, isDemoIvrMade, leadIvrToInbox } from '../demo/ivr.ts';
import { type DemoAccess, demo, fillDemoSpace, isDemoSpace } from '../demo/space.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { BroadcastDesk } from '../flows/broadcasts/desk.ts';
import type { CampaignDesk } from '../flows/campaigns/desk.ts';
import type { Centre } from '../flows/centre.ts';
import type { Background } from '../platform/background.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { registrarOf } from '../platform/own-address.ts';
import type { StopList } from '../platform/shutdown.ts';
import type { Directories } from '../store/directory.ts';

/** On a home without any space, unless PARLEY_DEMO says no. */
export async function fillIfNew(config: Config, db: Database): Promise<void> {
  if (config.demo === false) return;
  const { rows } = await db.query('select 1 from spaces limit 1');
  if (rows.length === 0) process.stdout.write(welcome(await fillDemoSpace(db), config));
}

/** Written as soon as they are stored: the start may fail after that, and they are never shown again. */
function welcome(access: DemoAccess, { sip, voice }: Config): string {
  const { number, username, password } = access.phone;
  const registrar = `registrar ${registrarOf(sip)} (UDP), number ${number}`;
  return [
    'The demo space is filled. What follows is shown only now:',
    `  live page and REST  login ${demo.supervisor}  password ${access.supervisorPassword}`,
    `  administration      login ${demo.admin}  password ${access.adminPassword}`,
    // On the simulated engine there is nothing that a telephone could register to.
    ...(voice.engine === 'asterisk'
      ? [`  your softphone      user ${username}  password ${password}  ${registrar}`]
      : []),
    '',
  ].join('\n');
}

export interface DemoParts {
  db: Database;
  directories: Directories;
  centre: Centre;
  desk: CampaignDesk;
  broadcasts: BroadcastDesk;
  delivery: Delivery;
  clock: Clock;
  background: Background;
  log: Log;
  stops: StopList;
}

/** Every demo space that is there. `url`: where the server listens. */
export async function startDemo(parts: DemoParts, url: string): Promise<void> {
  for (const space of parts.directories.spaces()) await startIn(parts, space, url);
}

async function startIn({ stops, delivery, ...parts }: DemoParts, space: SpaceId, url: string): Promise<void> {
  const { db, directories, clock, background } = parts;
  const directory = directories.of(space);
  if (!directory || !isDemoSpace(directory)) return;
  const life = new DemoLife({ ...parts, space, directory: () => directories.of(space) });
  stops.add('demo', () => life.stop());
  await life.start();
  const inbox = await leadIntoInbox(db, space, url);
  await delivery.endpoints.refresh(space);
  // Whatever somebody has made of its draft keeps nobody from starting the server.
  const sending = startDemoBroadcast({ db, desk: parts.broadcasts, now: clock.now() }, space);
  background.run('start the broadcast of the demo', sending);
  if (await isDemoIvrMade(db, space)) await leadIvrToInbox(db, space, inbox);
  // Its prompts take a second or two to convert, and nobody waits for them.
  else background.run('make the IVR of the demo', insertDemoIvr(db, space, directory, inbox));
  const campaign = await demoCampaignOf(db, space);
  const user = [...directory.users.values()].find(({ username }) => username === demo.consultant)?.id;
  if (campaign === undefined || user === undefined) return;
  await fillDemoCampaign(db, space, campaign, clock.now());
  const consultant = new DemoConsultant({ ...parts, space, campaign, user });
  stops.add('demo consultant', () => consultant.stop());
  consultant.start();
}
