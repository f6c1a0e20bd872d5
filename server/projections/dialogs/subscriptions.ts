// Which bodies an endpoint has asked for. Each body is judged alone, by its own fields: a state update has no
// `dialog_type`, so it cannot be filtered by it.
import type { DialogBody } from '../../../contract/dialogs.ts';

/** By event name. `filter`: field of the body → the values that pass; every field has to. */
export type Subscriptions = Readonly<Record<string, Subscription>>;
interface Subscription {
  active: boolean;
  filter?: Readonly<Record<string, readonly unknown[]>> | undefined;
}

/** null: everything is wanted. Else what is not listed is not. */
export function isWanted(body: DialogBody, subscriptions: Subscriptions | null): boolean {
  if (subscriptions === null) return true;
  const subscription = subscriptions[body.event_name];
  if (!subscription?.active) return false;
  const fields: Record<string, unknown> = body;
  return Object.entries(subscription.filter ?? {}).every(([field, allowed]) =>
    allowed.some((one) => one === fields[field]),
  );
}
