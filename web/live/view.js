// What a supervisor sees: a snapshot as cards and figures, an update as a sentence.

const $ = (id) => document.getElementById(id);

const phone = {
  available: ['Available', 'available'],
  ringing: ['Ringing', 'ringing'],
  calling: ['Calling', 'talking'],
  connected: ['In a call', 'talking'],
  unavailable: ['Unavailable', 'off'],
};

/** Server's time minus ours, in seconds: waits tick by the server's clock. */
let aheadBy = 0;

export function showSnapshot(snapshot, pauses) {
  aheadBy = snapshot.ts - Date.now() / 1000;
  const nameOf = new Map(snapshot.agents.map(({ id_operator, nom }) => [id_operator, nom]));
  showFigures(snapshot);
  fill(
    $('queues'),
    snapshot.queues.map((queue) => queueCard(queue, nameOf)),
    'No queues yet.',
  );
  fill(
    $('agents'),
    snapshot.agents.toSorted(byPresence).map((agent) => agentCard(agent, pauses)),
    'No agents yet.',
  );
  fill($('trunks'), snapshot.trunks.map(trunkCard), 'No trunks yet.');
  tick();
}

export function showUpdate({ ts, elapse, event, cpt }, names) {
  const line = el('li', { className: 'new' }, clockTime(ts - elapse), el('span', {}, sentence(event, names)));
  line.append(el('span', { className: 'cpt', title: 'Number of the event' }, `#${cpt}`));
  $('events').prepend(line);
  while ($('events').childElementCount > 60) $('events').lastElementChild.remove();
}

/** `state`: off, waiting, live or lost. */
export function showConnection(state, text) {
  $('connection').dataset.state = state;
  $('connection').textContent = text;
}

export function showFloor(isSignedIn) {
  $('sign-in').hidden = isSignedIn;
  $('floor').hidden = !isSignedIn;
  $('sign-out').hidden = !isSignedIn;
  if (!isSignedIn) $('events').replaceChildren();
}

/** Brings everything that counts seconds up to date. */
export function tick() {
  const now = Date.now() / 1000 + aheadBy;
  for (const time of document.querySelectorAll('time[data-since]')) {
    time.textContent = duration(Math.max(0, Math.round(now - Number(time.dataset.since))));
  }
}

function showFigures({ agents, queues }) {
  const waiting = queues.flatMap(({ calls }) => calls).filter((call) => call.id_operator === null);
  const present = agents.filter((agent) => agent.logged_in);
  const longest = waiting.length === 0 ? '–' : since(Math.min(...waiting.map((call) => call.since)));
  const figures = [
    ['Calls waiting', waiting.length, waiting.length > 0 ? 'ringing' : null],
    ['Longest wait', longest, null],
    ['Agents in a call', agents.filter(({ call }) => call !== null).length, 'talking'],
    ['Available', present.filter(({ supp, status }) => supp === '' && status === 'available').length, 'available'],
    ['On pause', present.filter(({ supp }) => supp !== '').length, 'paused'],
  ];
  $('figures').replaceChildren(
    ...figures.map(([name, value, tone]) => el('div', {}, el('dt', {}, name), toned(el('dd', {}, value), tone))),
  );
}

function queueCard({ id_queue, nom, calls }, nameOf) {
  const waiting = calls.filter((call) => call.id_operator === null).toSorted((one, other) => one.since - other.since);
  const talking = calls.filter((call) => call.id_operator !== null);
  const items = [
    ...waiting.map((call) => callLine(call, 'ringing', '', call.since)),
    ...talking.map((call) =>
      callLine(call, 'talking', nameOf.get(call.id_operator) ?? `Agent ${call.id_operator}`, call.connected_since),
    ),
  ];
  return toned(
    el(
      'article',
      { className: 'card' },
      el('h3', {}, nom || `Queue ${id_queue}`, el('span', { className: 'quiet' }, `${waiting.length} waiting`)),
      items.length === 0 ? el('p', { className: 'quiet' }, 'Nobody is waiting.') : el('ul', {}, ...items),
    ),
    waiting.length > 0 ? 'ringing' : talking.length > 0 ? 'talking' : null,
  );
}

function callLine({ caller_id_num }, tone, whom, from) {
  return el(
    'li',
    {},
    toned(el('span', { className: 'state' }, caller_id_num || 'anonymous'), tone),
    el('span', { className: 'quiet whom', title: whom }, whom),
    since(from),
  );
}

function agentCard(agent, pauses) {
  const { nom, id_operator, logged_in, supp, status, call } = agent;
  const isPaused = supp !== '' && call === null;
  const [text, tone] =
    !logged_in && call === null
      ? ['Logged out', 'off']
      : isPaused
        ? [pauses.get(supp) ?? 'Pause', 'paused']
        : phone[status];
  const from = isPaused || (!logged_in && call === null) ? agent.ui_since : agent.since;
  const name = el('h3', {}, nom || `Agent ${id_operator}`, from === null ? '' : since(from));
  const line = el('p', {}, el('span', { className: 'state' }, text), call ? ` ${call.caller_id_num}` : '');
  if (supp !== '' && call) line.append(' · then on pause');
  if (call?.rec === 1) line.append(' · recorded');
  return toned(el('li', { className: 'card' }, name, line), tone);
}

function trunkCard({ id_trunk, nom, calls }) {
  const items = calls.map((call) =>
    call.connected_since === null
      ? callLine(call, 'ringing', 'waiting', call.since)
      : callLine(call, 'talking', '', call.connected_since),
  );
  return toned(
    el(
      'article',
      { className: 'card' },
      el('h3', {}, nom || `Trunk ${id_trunk}`, el('span', { className: 'quiet' }, `${calls.length} routed`)),
      items.length === 0 ? '' : el('ul', {}, ...items),
    ),
    calls.length > 0 ? 'talking' : null,
  );
}

/** Those at work first, then by name. */
function byPresence(one, other) {
  return Number(other.logged_in) - Number(one.logged_in) || one.nom.localeCompare(other.nom);
}

function sentence({ type_notification, event, msg }, { agents, queues, trunks, pauses }) {
  const agent = agents.get(msg.id_operator) ?? `Agent ${msg.id_operator}`;
  const queue = queues.get(msg.id_queue) ?? `queue ${msg.id_queue}`;
  const trunk = trunks.get(msg.id_trunk) ?? `trunk ${msg.id_trunk}`;
  const caller = msg.caller_id_num || 'an anonymous caller';
  switch (`${type_notification}.${event}`) {
    case 'operator.status':
      return statusSentence(agent, msg);
    case 'UI.login':
      return `${agent} logged in`;
    case 'UI.logout':
      return `${agent} logged out`;
    case 'UI.pause':
      return msg.supp === ''
        ? `${agent} is back from the pause`
        : `${agent} is on pause: ${pauses.get(msg.supp) ?? msg.supp}`;
    case 'PUSHCALL.pushcall':
      return `${agent} is asked to call ${msg.callee_num}`;
    case 'queue.insert_call':
      return `${caller} waits in ${queue}`;
    case 'queue.connect_call':
      return `${caller} talks to ${agent}`;
    case 'queue.delete_call':
      return `Call ${msg.id_call} left ${queue}`;
    case 'trunk.insert_call':
      return `${caller} is routed to ${trunk}`;
    case 'trunk.connect_call':
      return `${caller} is through on ${trunk}`;
    case 'trunk.delete_call':
      return `Call ${msg.id_call} left ${trunk}`;
    default:
      return `${type_notification} ${event}`;
  }
}

function statusSentence(agent, { status, caller_id_num, stype }) {
  switch (status) {
    case 'ringing':
      return `${agent}’s phone rings for ${caller_id_num || 'an anonymous caller'}`;
    case 'calling':
      return `${agent} calls ${caller_id_num}`;
    case 'connected':
      return `${agent} is in a call with ${caller_id_num || 'an anonymous caller'}`;
    case 'transfert_start':
      return `${agent} begins a ${{ 1: 'blind', 2: 'consultative', 3: 'conference' }[stype]} transfer`;
    default:
      return `${agent} is ${status}`;
  }
}

function el(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function toned(element, tone) {
  if (tone) element.dataset.tone = tone;
  return element;
}

function fill(list, cards, none) {
  list.replaceChildren(
    ...(cards.length > 0 ? cards : [el(list.tagName === 'UL' ? 'li' : 'p', { className: 'quiet' }, none)]),
  );
}

function since(epochSeconds) {
  const time = el('time', {});
  time.dataset.since = epochSeconds;
  return time;
}

function clockTime(epochSeconds) {
  const at = new Date(epochSeconds * 1000);
  return el('time', { dateTime: at.toISOString() }, at.toLocaleTimeString([], { hour12: false }));
}

function duration(seconds) {
  const two = (value) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
