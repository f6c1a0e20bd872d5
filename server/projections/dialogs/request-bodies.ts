// What the webhooks tell of a campaign's request.
import type { ConsultantRetry, RequestClosed } from '../../../contract/dialogs.ts';
import type { CampaignEvent, RequestFacts } from '../../domain/events.ts';
import type { CallId } from '../../domain/ids.ts';
import { requestData } from './application-info.ts';
import { utc } from './say.ts';

/** `recordingUrl`: where the recording of a call is fetched. */
export function bodyOfRequest(
  event: CampaignEvent,
  recordingUrl: (call: CallId) => string,
): RequestClosed | ConsultantRetry {
  switch (event.type) {
    case 'request.closed':
      return {
        event_type: 'voice_campaign',
        event_name: 'voice_campaign_request_closed',
        event_time: utc(event.at),
        data: dataOf(event.about),
        dialogs: event.dialogs.map(({ leg }) => leg),
        call_history: event.dialogs.map(({ leg, createdAt, answeredAt, closedAt, cause }) => ({
          dialog_uuid: leg,
          created: utc(createdAt),
          answered: answeredAt === null ? null : utc(answeredAt),
          closed: closedAt === null ? null : utc(closedAt),
          close_cause: cause,
        })),
        recording_url: event.recordedCall === null ? null : recordingUrl(event.recordedCall),
      };
    case 'request.consultant_retry':
      return {
        event_type: 'voice_campaign',
        event_name: 'voice_campaign_request_consultant_retry',
        event_time: utc(event.at),
        data: dataOf(event.about),
      };
    default:
      return event satisfies never;
  }
}

function dataOf({ snapshot, lastDialogs, ...about }: RequestFacts): RequestClosed['data'] {
  return requestData({ ...about, request: snapshot, dialogs: lastDialogs });
}
