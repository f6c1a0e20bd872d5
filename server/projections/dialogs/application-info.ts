// What a dialog belongs to: a request of a voice campaign, a call that came in, or one that a user placed.
import type { ApplicationInfo, RequestData } from '../../../contract/dialogs.ts';
import type { CampaignCall, RequestSnapshot } from '../../domain/campaign-call.ts';
import type { LegId, UserId } from '../../domain/ids.ts';
import { type Dialog, isConsultant, type LiveCall } from './live-call.ts';
import { digits, utc } from './say.ts';

export interface RequestInCall extends Pick<CampaignCall, 'campaign' | 'project'> {
  request: RequestSnapshot;
  consultant: { user: UserId; username: string } | null;
  contact: { number: string; name: string | null };
  dialogs: { consultant: LegId | null; contact: LegId | null };
}

/** The same at the dialog's creation and at its close. */
export function applicationInfo(call: LiveCall, dialog: Dialog): ApplicationInfo {
  const side = isConsultant(dialog) ? 'USER' : 'CONTACT';
  if (call.campaign) {
    const { campaign, project, request, dial } = call.campaign;
    const { consultant } = call;
    const data = requestData({ campaign, project, request, consultant, contact: dial, dialogs: dialog });
    return { side, type: 'VOICE_CAMPAIGN', data };
  }
  const callee_contact_address = call.to;
  const [first] = call.dialogs;
  if (call.direction === 'inbound' && first) {
    const data = { caller_dialog_uuid: first.leg, caller_contact_address: call.from, callee_contact_address };
    return { side, type: 'EXTERNAL_INBOUND_CALL', data };
  }
  return { side, type: 'WEB_USER_CALL', data: { tenant_user_id: call.placedBy, callee_contact_address } };
}

export function requestData(of: RequestInCall): RequestData {
  const { campaign, project, request, consultant, contact, dialogs } = of;
  return {
    id: request.id,
    created_date: utc(request.createdAt),
    voice_campaign_id: campaign.id,
    voice_campaign_name: campaign.name,
    contact_number: request.contactNumber,
    current_contact_number: digits(contact.number),
    current_contact_name: contact.name,
    name: request.name,
    contact_info: request.contactInfo,
    contact_identifier: request.contactIdentifier,
    consultant_try: request.consultantTry,
    contact_try: request.contactTry,
    case_id: request.caseId,
    case_group: request.caseGroup,
    case_state: request.caseState,
    priority: request.priority,
    process_not_before: utc(request.processNotBefore),
    process_date: request.processDate,
    process_from_date: request.processFromDate,
    process_to_date: request.processToDate,
    process_day: request.processDay,
    process_time: request.processTime,
    process_from_time: request.processFromTime,
    process_to_time: request.processToTime,
    process_hours: request.processHours,
    dialing_method: campaign.dialingMethod,
    project_id: project.id,
    project_name: project.name,
    assigned_tenant_user_id: request.assignedTo?.user ?? null,
    assigned_tenant_user_name: request.assignedTo?.username ?? null,
    tenant_user_id: consultant?.user ?? null,
    tenant_user_name: consultant?.username ?? null,
    user_reservation_try: request.reservationTry,
    current_contact_dialog_uuid: dialogs.contact,
    current_consultant_dialog_uuid: dialogs.consultant,
    custom: request.custom,
  };
}
