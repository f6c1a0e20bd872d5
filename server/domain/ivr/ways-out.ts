// Where a caller can get to in an IVR, by its own jumps and his digits; what a customer's answers do is not foreseen,
// but a script that is asked may always end the call.
//
// A place is an option that runs, or a context that waits. Each leads to places, or to an end.
import {
  contextOf,
  type IvrAction,
  type IvrContext,
  type IvrDefinition,
  type IvrOption,
  optionOf,
} from './definition.ts';

type Place = IvrOption | IvrContext;

interface Ways {
  next: Place[];
  /** The call may leave the IVR here. */
  ends: boolean;
}

/** Those that a caller can come to from the entry. */
export function reachableContexts(ivr: IvrDefinition): Set<IvrContext> {
  const { contextAt, ways } = waysOf(ivr);
  const start = startOf(ivr);
  const seen = new Set<Place>(start ? [start] : []);
  for (const place of seen) for (const next of ways.get(place)?.next ?? []) seen.add(next);
  const contexts = new Set<IvrContext>();
  const entry = contextOf(ivr, ivr.entry_context);
  if (entry) contexts.add(entry);
  for (const place of seen) contexts.add(contextAt.get(place)!);
  return contexts;
}

/** Contexts that a caller can come to, with a place in them from which no end can be reached. */
export function findDeadEnds(ivr: IvrDefinition): Set<IvrContext> {
  const { contextAt, ways } = waysOf(ivr);
  const canEnd = placesThatCanEnd(ways);
  const start = startOf(ivr);
  const seen = new Set<Place>(start ? [start] : []);
  const dead = new Set<IvrContext>();
  for (const place of seen) {
    if (!canEnd.has(place)) dead.add(contextAt.get(place)!);
    for (const next of ways.get(place)?.next ?? []) seen.add(next);
  }
  return dead;
}

function placesThatCanEnd(ways: ReadonlyMap<Place, Ways>): Set<Place> {
  const cameFrom = new Map<Place, Place[]>();
  const canEnd = new Set<Place>();
  for (const [place, { next, ends }] of ways) {
    if (ends) canEnd.add(place);
    for (const target of next) {
      const before = cameFrom.get(target);
      if (before) before.push(place);
      else cameFrom.set(target, [place]);
    }
  }
  for (const place of canEnd) for (const before of cameFrom.get(place) ?? []) canEnd.add(before);
  return canEnd;
}

function startOf(ivr: IvrDefinition): Place | undefined {
  return optionOf(contextOf(ivr, ivr.entry_context), 'start');
}

function waysOf(ivr: IvrDefinition): { contextAt: Map<Place, IvrContext>; ways: Map<Place, Ways> } {
  const contextAt = new Map<Place, IvrContext>();
  const ways = new Map<Place, Ways>();
  for (const context of ivr.contexts) {
    contextAt.set(context, context);
    ways.set(context, waysWhileWaiting(context));
    for (const option of context.options) {
      contextAt.set(option, context);
      ways.set(option, waysOfOption(ivr, context, option));
    }
  }
  return { contextAt, ways };
}

/** A missing `timeout` hangs up whoever presses nothing. A missing `invalid` is no way out that anybody is shown. */
function waysWhileWaiting({ options }: IvrContext): Ways {
  return {
    next: options.filter(({ key }) => key !== 'start'),
    ends: !options.some(({ key }) => key === 'timeout'),
  };
}

function waysOfOption(ivr: IvrDefinition, context: IvrContext, { actions }: IvrOption): Ways {
  let mayEnd = false;
  for (const action of actions) {
    if (action.type === 'jump') {
      const target = optionOf(contextOf(ivr, action.context), action.option);
      // An unknown target is a finding of its own.
      return { next: target ? [target] : [], ends: mayEnd || !target };
    }
    if (leavesForGood(action)) return { next: [], ends: true };
    mayEnd ||= mayLeave(action);
  }
  return { next: [context], ends: mayEnd };
}

function leavesForGood(action: IvrAction): boolean {
  return action.type === 'hangup' || action.type === 'queue' || (action.type === 'simple_transfer' && action.final);
}

/** Those that go on if nobody is reached, or if the customer says so. */
function mayLeave({ type }: IvrAction): boolean {
  return (
    type === 'transfer' ||
    type === 'transfer_from_variable' ||
    type === 'simple_transfer' ||
    type === 'call_interactive'
  );
}
