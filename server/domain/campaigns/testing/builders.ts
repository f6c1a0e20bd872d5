import { asId, type Instant, instant, type UserId } from '../../ids.ts';
import type { Campaign, CampaignRequest, RetryRules, Schedule } from '../campaign.ts';
import type { Circumstances } from '../schedule.ts';

export const ana = asId<UserId>(1);
export const bob = asId<UserId>(2);
/** Monday, noon in Paris. */
export const noon = instant(Date.UTC(2026, 0, 5, 11));

const rule = { delayMs: 600_000, max: 3 };
export const someRetries: RetryRules = {
  after: { no_answer: rule, busy: rule, rejected: rule, canceled: rule, failed: rule, retry: rule },
  maxContactTries: 5,
  consultantDelayMs: 60_000,
};

export function aCampaign(differing: Partial<Campaign> = {}): Campaign {
  return {
    id: 'c'.repeat(24),
    name: 'Autumn',
    project: { id: 1, name: 'Insurance', presentationNumber: '33140000000' },
    dialingMethod: 'PREVIEW',
    state: 'running',
    users: [ana, bob],
    ringForMs: 30_000,
    recorded: false,
    trunk: null,
    retry: someRetries,
    hours: null,
    reservationMs: 300_000,
    dispositionMs: 900_000,
    ...differing,
  };
}

export function aSchedule(differing: Partial<Schedule> = {}): Schedule {
  return {
    notBefore: instant(0),
    date: 'ANY',
    fromDate: null,
    toDate: null,
    days: null,
    time: 'ANY',
    fromTime: null,
    toTime: null,
    hours: null,
    ...differing,
  };
}

export function aRequest(differing: Partial<CampaignRequest> = {}): CampaignRequest {
  return {
    id: 'r'.repeat(24),
    campaign: 'c'.repeat(24),
    createdAt: instant(0),
    contactNumber: '0612345601',
    number: '33612345601',
    name: null,
    contactInfo: null,
    contactIdentifier: null,
    caseId: null,
    caseGroup: null,
    caseState: null,
    priority: 200,
    schedule: aSchedule(),
    assignedTo: null,
    custom: null,
    progress: { state: 'waiting' },
    restUntil: null,
    callback: null,
    consultantTry: 1,
    contactTry: 1,
    reservationTry: 0,
    attempt: 0,
    outcomes: {},
    ...differing,
  };
}

export function at(now: Instant, differing: Partial<Circumstances> = {}): Circumstances {
  return {
    now,
    user: ana,
    spaceZone: 'Europe/Paris',
    contactZones: ['Europe/Paris'],
    doNotCall: false,
    sandbox: false,
    ...differing,
  };
}
