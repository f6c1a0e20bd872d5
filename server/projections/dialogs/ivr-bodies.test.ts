// What the webhooks tell of a call that was in an IVR.
import { expect, test } from 'vitest';
import { dialogBodySchema } from '../../../contract/dialogs.ts';
import { anIvr, set } from '../../domain/ivr/testing/caller.ts';
import { startDesk } from '../../flows/testing/desk.ts';
import { inWords, toldOf } from './testing/told.ts';

const queue = { type: 'queue' as const, queue_id: 1, priority: null, vip_rate: null };
const ivr = anIvr({ main: { start: [set('vip', '1'), set('fooBar', 'Żółć'), queue] } });

test('tells its variables and the IVR as its first application, on both sides', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'], ivrs: { Welcome: ivr } });
  const caller = await desk.callIn('Welcome');
  await desk.agent('Ana').answers();
  await caller.hangsUp();
  const closes = toldOf(desk.eventsOf(caller.call)).filter((body) => body.event_name === 'dialog_close');
  expect(closes).toHaveLength(2);
  for (const body of closes) {
    dialogBodySchema.parse(body);
    expect(body).toMatchObject({
      variables: { vip: '1', fooBar: 'Żółć' },
      ...{ initial_application_target_id: 1, initial_application_target_name: 'Welcome' },
      initial_target_type: 'EXTERNAL_INBOUND_CALL',
      initial_application_info: {
        type: 'EXTERNAL_INBOUND_CALL',
        data: {
          caller_dialog_uuid: caller.leg,
          ...{ caller_contact_address: '33140000000', callee_contact_address: '331000401' },
        },
      },
    });
  }
});

test('is answered while it hears the IVR, and talks with the agent', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'], ivrs: { Welcome: ivr } });
  const caller = await desk.callIn('Welcome');
  expect(inWords(toldOf(desk.eventsOf(caller.call)))[1]).toBe('contact answered');
});
