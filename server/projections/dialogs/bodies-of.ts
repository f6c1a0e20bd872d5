// What the webhooks tell of each event of a call. Pure: what is known of the call and one event in, bodies in the order of
// sending out.
import type {
  ApplicationInfo,
  ConsultantClose,
  ConsultantCreate,
  ContactClose,
  ContactCreate,
  DialogBody,
} from '../../../contract/dialogs.ts';
import type { CallEvent, CloseCause, Party } from '../../domain/events.ts';
import type { Instant } from '../../domain/ids.ts';
import { applicationInfo } from './application-info.ts';
import { type Dialog, dialogOf, isConsultant, type LiveCall, liveCallAfter, liveCallOf } from './live-call.ts';
import { digits, utc } from './say.ts';

export interface Told {
  /** After the event. undefined: its beginning was never seen, so nothing is told of it. */
  call: LiveCall | undefined;
  bodies: DialogBody[];
}

export function tell(before: LiveCall | undefined, event: CallEvent): Told {
  if (event.type === 'call.created') return { call: liveCallOf(event), bodies: [] };
  if (!before) return { call: undefined, bodies: [] };
  const call = liveCallAfter(before, event);
  return { call, bodies: 'leg' in event && event.leg !== null ? bodiesOfLeg(before, call, event) : [] };
}

type LegEvent = Extract<CallEvent, { leg: unknown }>;

function bodiesOfLeg(before: LiveCall, call: LiveCall, event: LegEvent): DialogBody[] {
  const dialog = dialogOf(call, event.leg);
  if (!dialog) return [];
  const [event_type, event_time, dialog_uuid] = ['user_dialog' as const, utc(event.at), dialog.leg];
  const hasMoved = dialogOf(before, event.leg)?.state !== dialog.state;
  switch (event.type) {
    case 'leg.created':
      return [created(call, dialog, event.at)];
    case 'leg.closed':
      return hasMoved ? [closed(call, dialog, event.cause, event.at)] : [];
    case 'leg.held':
      return [{ event_type, event_name: 'dialog_hold', event_time, dialog_uuid }];
    case 'leg.unheld':
      return [{ event_type, event_name: 'dialog_unhold', event_time, dialog_uuid }];
    default: {
      const { state } = dialog;
      if (!hasMoved || state === 'closed') return [];
      return [{ event_type, event_name: 'dialog_state_update', event_time, dialog_uuid, state }];
    }
  }
}

const businessDirections = { inbound: 'INBOUND', outbound: 'OUTBOUND', internal: null } as const;

function created(call: LiveCall, dialog: Dialog, at: Instant): ConsultantCreate | ContactCreate {
  const self = shown(call, dialog);
  const common = {
    event_type: 'user_dialog',
    event_name: 'dialog_create',
    event_time: utc(at),
    direction: dialog.direction,
    business_direction: businessDirections[call.direction],
  } as const;
  const about = {
    dialog_uuid: dialog.leg,
    media: ['audio'] as ['audio'],
    self_target: self.target,
    self_name: self.name,
    ...peerOf(call, dialog),
    from_display_name: null,
    from_display_target: null,
    to_display_name: null,
    to_display_target: null,
    caller_contact_address: call.from,
    callee_contact_address: call.to,
    initial_link_type: null,
    initial_application_info: applicationInfo(call, dialog),
  };
  if (!isConsultant(dialog)) {
    const anonymous = { display_name: self.target };
    return { ...common, state: 'ringing', dialog_type: 'EXTERNAL', ...about, anonymous };
  }
  return {
    ...common,
    state: 'alerting',
    dialog_type: 'CONSULTANT',
    ...about,
    tenant_user: { ...userOf(dialog.party), display_name: dialog.party.name },
    project: projectOf(call),
  };
}

function closed(call: LiveCall, dialog: Dialog, cause: CloseCause, at: Instant): ConsultantClose | ContactClose {
  const { target } = shown(call, dialog);
  const peer = dialogOf(call, dialog.peer);
  const placed = dialog.direction === 'OUTBOUND';
  const to = placed ? call.to : target;
  const initial_application_info = applicationInfo(call, dialog);
  const common = {
    event_type: 'user_dialog',
    event_name: 'dialog_close',
    event_time: utc(at),
    direction: dialog.direction,
    business_direction: businessDirections[call.direction],
    from_display_name: null,
    from_display_target: placed ? target : peer ? shown(call, peer).target : call.from,
    to_display_name: to,
    to_display_target: to,
    caller_contact_address: null,
    callee_contact_address: null,
    ...applicationOf(call, initial_application_info.type),
    variables: call.variables,
    close_cause: cause,
    dialog_uuid: dialog.leg,
    initial_application_info,
  } as const;
  const { party } = dialog;
  if (party.kind === 'external') {
    return { ...common, anonymous: { display_name: target, presentation_number: target } };
  }
  const outbound = party.kind === 'agent' ? party.outboundNumber : null;
  return {
    ...common,
    tenant_user: {
      ...userOf(party),
      outbound_name: party.name,
      outbound_number: outbound === null ? null : digits(outbound),
    },
    project: projectOf(call),
  };
}

function applicationOf(call: LiveCall, type: ApplicationInfo['type']) {
  const target = call.campaign?.campaign ?? call.ivr ?? call.queue;
  return {
    initial_application_target_id: target?.id ?? null,
    initial_application_target_name: target?.name ?? null,
    initial_application_selection_id: call.consultant?.user ?? null,
    initial_application_selection_name: call.consultant?.username ?? null,
    initial_target_type: type,
  };
}

function peerOf(call: LiveCall, dialog: Dialog) {
  const peer = dialogOf(call, dialog.peer);
  const self = peer && shown(call, peer);
  const user = peer ? userOf(peer.party) : nobody;
  return {
    peer_target: self?.target ?? null,
    peer_name: self?.name ?? null,
    peer_type: !peer ? ('SYSTEM' as const) : isConsultant(peer) ? ('CONSULTANT' as const) : ('EXTERNAL' as const),
    peer_project_name: peer && isConsultant(peer) ? projectOf(call).name : null,
    peer_username: user.username,
    peer_firstname: user.firstname,
    peer_surname: user.surname,
  };
}

/** How a party is reached and called: a consultant by his outbound number, else by his extension's. */
function shown(call: LiveCall, { leg, party, contact }: Dialog): { target: string | null; name: string | null } {
  if (party.kind === 'agent') return { target: digits(party.outboundNumber ?? party.number), name: party.name };
  const target = digits(party.number);
  const known = leg === contact ? (call.campaign?.dial.name ?? party.name) : party.name;
  return { target, name: known ?? target };
}

const nobody = { id: null, username: null, firstname: null, surname: null };

function userOf(party: Party) {
  if (party.kind !== 'agent') return nobody;
  return { id: party.user, username: party.username, firstname: party.firstname, surname: party.surname };
}

function projectOf({ campaign }: LiveCall) {
  return { id: campaign?.project.id ?? null, name: campaign?.project.name ?? null };
}
