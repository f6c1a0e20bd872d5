// Which bodies an endpoint has asked for. Each body is judged alone, by its own fields: a state update has no
// `dialog_type`, so it cannot be filtered by it.
import type { DialogBody, Subscriptions } from '../../../contract/dialogs.ts';

export function isWanted(body: DialogBody, subscriptions: Subscriptions): boolean {
  const subscription = subscriptions[body.event_name];
  if (!subscription) return true;
  if (!subscription.active) return false;
  const fields: Record<string, unknown> = body;
  return Object.entries(subscription.filter).every(([field, allowed]) => allowed.some((one) => one === fields[field]));
}
