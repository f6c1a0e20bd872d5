// A trunk's channel, or the wait for one, is given back.
import type { CallId, LegId } from '../ids.ts';
import type { Step } from '../step.ts';

export function leaveRoute(step: Step, id: CallId, leg: LegId): void {
  const { routes, number } = step.call(id);
  const left = routes.find((route) => route.leg === leg);
  if (!left) return;
  const stays = routes.some((route) => route !== left && route.trunk === left.trunk);
  step.ofCall(id, { type: 'route.left', trunk: left.trunk, number, leg, ...(stays && { stays: true }) });
}

/** Nothing of the call waits for a channel any more. */
export function leaveWaitingRoutes(step: Step, id: CallId): void {
  const { routes, number } = step.call(id);
  const waiting = routes.filter(({ leg }) => leg === null);
  for (const trunk of new Set(waiting.map((route) => route.trunk))) {
    const stays = routes.some((route) => route.trunk === trunk && route.leg !== null);
    step.ofCall(id, { type: 'route.left', trunk, number, leg: null, ...(stays && { stays: true }) });
  }
}
