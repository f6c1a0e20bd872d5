// What the webhooks tell of events, with nothing kept between them but what the projection keeps.
import { type DialogBody, dialogBodySchema } from '../../../../contract/dialogs.ts';
import { type Event, isCallEvent } from '../../../domain/events.ts';
import type { CallId } from '../../../domain/ids.ts';
import { tell } from '../bodies-of.ts';
import type { LiveCall } from '../live-call.ts';

/** Every body has the form of the contract; else it throws. */
export function toldOf(events: readonly Event[]): DialogBody[] {
  const calls = new Map<CallId, LiveCall>();
  return events.filter(isCallEvent).flatMap((event) => {
    const { call, bodies } = tell(calls.get(event.call), event);
    // As it comes back from the database.
    if (call) calls.set(event.call, JSON.parse(JSON.stringify(call)) as LiveCall);
    for (const body of bodies) dialogBodySchema.parse(body);
    return bodies;
  });
}

/** Each body in a few words: `consultant alerting`, `contact closed NO_ANSWER`; more parties as `consultant 2`. */
export function inWords(bodies: readonly DialogBody[]): string[] {
  const names = new Map<string, string>();
  const nameOf = (uuid: string) => names.get(uuid) ?? `unknown ${uuid}`;
  return bodies.map((body) => {
    switch (body.event_name) {
      case 'dialog_create': {
        const kind = body.dialog_type === 'CONSULTANT' ? 'consultant' : 'contact';
        const before = [...names.values()].filter((name) => name.startsWith(kind)).length;
        names.set(body.dialog_uuid, before === 0 ? kind : `${kind} ${before + 1}`);
        return `${nameOf(body.dialog_uuid)} created ${body.state}`;
      }
      case 'dialog_state_update':
        return `${nameOf(body.dialog_uuid)} ${body.state}`;
      case 'dialog_hold':
        return `${nameOf(body.dialog_uuid)} holds`;
      case 'dialog_unhold':
        return `${nameOf(body.dialog_uuid)} holds no more`;
      case 'dialog_close':
        return `${nameOf(body.dialog_uuid)} closed ${body.close_cause}`;
      case 'voice_campaign_request_closed':
      case 'voice_campaign_request_consultant_retry':
        return body.event_name;
      default:
        return body satisfies never;
    }
  });
}
