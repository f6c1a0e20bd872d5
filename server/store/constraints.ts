// A broken constraint, told to the client as the field of his request that breaks it.
import pg from 'pg';
import { AppError } from '../errors.ts';

/** Names as in migrations/. `taken`: another one has that value. `missing`: what the field names is not in the space. */
const constraints: Record<string, { path: string; taken?: string; missing?: string; used?: string }> = {
  users_username_taken: { path: 'username', taken: 'Somebody has this username already.' },
  users_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has users.' },
  user_groups_group: { path: 'groups', missing: 'The space has no such group.' },
  groups_name_taken: { path: 'name', taken: 'A group has this name already.' },
  groups_space_id_fkey: { path: 'space_id', missing: 'There is no such space.', used: 'The space has groups.' },
  api_keys_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has API keys.' },
  projects_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has projects.' },
  vips_number_taken: { path: 'number', taken: 'This number is listed already.' },
  vips_digits_taken: { path: 'number', taken: 'This number is listed already.' },
  vips_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has VIP numbers.' },
  queues_name_taken: { path: 'name', taken: 'A queue has this name already.' },
  queues_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has queues.' },
  queue_users_user: { path: 'user_ids', missing: 'The space has no such user.' },
  ivrs_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has IVRs.' },
  sounds_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has sounds.' },
  trunks_name_taken: { path: 'name', taken: 'A trunk has this name already.' },
  trunks_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has trunks.' },
  dids_number_taken: { path: 'dids', taken: 'A number is listed twice.' },
  dids_once_a_space: { path: 'dids', taken: 'A number is listed twice, or another trunk of the space has it.' },
  extensions_number_taken: { path: 'number', taken: 'An extension has this number already.' },
  extensions_user_taken: { path: 'user_id', taken: 'This user has a phone already.' },
  extensions_user: { path: 'user_id', missing: 'The space has no such user.' },
  extensions_queue: { path: 'queue_id', missing: 'The space has no such queue.', used: 'An extension leads to it.' },
  extensions_ivr: { path: 'ivr_id', missing: 'The space has no such IVR.', used: 'An extension leads to it.' },
  extensions_trunk: { path: 'trunk_id', missing: 'The space has no such trunk.', used: 'An extension leads to it.' },
  campaigns_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has campaigns.' },
  campaigns_project: {
    path: 'project_id',
    missing: 'The space has no such project.',
    used: 'A campaign belongs to it.',
  },
  campaigns_trunk: { path: 'trunk_id', missing: 'The space has no such trunk.', used: 'A campaign calls by it.' },
  campaign_users_user: { path: 'user_ids', missing: 'The space has no such user.' },
  do_not_call_space: {
    path: 'space_id',
    missing: 'There is no such space.',
    used: 'The space has do-not-call numbers.',
  },
  channels_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has channels.' },
  broadcasts_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has broadcasts.' },
  optouts_pkey: { path: 'number', taken: 'This number is listed already.' },
  do_not_call_pkey: { path: 'number', taken: 'This number is listed already.' },
  extensions_space: { path: 'space_id', missing: 'There is no such space.', used: 'The space has extensions.' },
};

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const RESTRICT_VIOLATION = '23001';

/** `doing` tells the two sides of a foreign key apart: to save something that names nothing, to remove what is named. */
export function explained(error: unknown, doing: 'save' | 'remove'): unknown {
  if (!(error instanceof pg.DatabaseError) || error.constraint === undefined) return error;
  const known = constraints[error.constraint];
  if (!known) return error;
  if (error.code === UNIQUE_VIOLATION && known.taken !== undefined) {
    return refusal('request.conflict', known.path, known.taken, error);
  }
  if (error.code !== FOREIGN_KEY_VIOLATION && error.code !== RESTRICT_VIOLATION) return error;
  if (doing === 'save' && known.missing !== undefined) {
    return refusal('request.invalid', known.path, known.missing, error);
  }
  if (doing === 'remove' && known.used !== undefined) return refusal('request.conflict', 'id', known.used, error);
  return error;
}

function refusal(
  code: 'request.conflict' | 'request.invalid',
  path: string,
  message: string,
  cause: unknown,
): AppError {
  return new AppError(code, message, { cause, errors: [{ path, message }] });
}
