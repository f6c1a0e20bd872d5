// One attempt of a voice campaign, frozen when it was placed: what the rules dial, and all that the dialog webhooks tell
// of it (initial_application_info), whatever becomes of the request afterwards.
import type { Instant, TrunkId, UserId } from './ids.ts';

export type DialingMethod = 'PREVIEW' | 'PROGRESSIVE';

export interface CampaignCall {
  campaign: { id: string; name: string; dialingMethod: DialingMethod };
  project: { id: number; name: string; presentationNumber: string | null };
  request: RequestSnapshot;
  /** `number`: E.164 digits without plus. */
  dial: { trunk: TrunkId; number: string; name: string | null; ringForMs: number; recorded: boolean };
}

/** A request as it stood. Schedule fields are wall clock of the space, as they were set. */
export interface RequestSnapshot {
  id: string;
  createdAt: Instant;
  /** As it was imported. */
  contactNumber: string;
  name: string | null;
  contactInfo: string | null;
  contactIdentifier: string | null;
  /** Both start at 1. */
  consultantTry: number;
  contactTry: number;
  reservationTry: number;
  caseId: string | null;
  caseGroup: string | null;
  caseState: string | null;
  priority: number;
  processNotBefore: Instant;
  processDate: string;
  /** `YYYY-MM-DD HH:mm:ss`; with `ANY` the bounds of the day of creation. */
  processFromDate: string | null;
  processToDate: string | null;
  processDay: string | null;
  processTime: string;
  /** Seconds since midnight. */
  processFromTime: number | null;
  processToTime: number | null;
  processHours: string | null;
  assignedTo: { user: UserId; username: string } | null;
  custom: unknown;
}
