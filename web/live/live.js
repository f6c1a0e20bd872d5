// The live page: sign-in by POST /ws/, then the stream. It renders snapshots and computes no state of its own: every
// update is shown as a line, and a moment later the snapshot after it is fetched.
import { showConnection, showFloor, showSnapshot, showUpdate, tick } from './view.js';

/** At most so often, however many updates come. */
const SNAPSHOT_EVERY_MS = 300;
const SESSION = 'parley-live-session';

const form = document.querySelector('#sign-in form');
const error = document.getElementById('sign-in-error');
let socket = null;
let names = null;
let lastCpt = null;
let refresh = null;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  error.textContent = '';
  const { login, password } = Object.fromEntries(new FormData(form));
  signIn(login, password).then(
    (session) => {
      form.reset();
      sessionStorage.setItem(SESSION, JSON.stringify(session));
      begin(session);
    },
    (failure) => {
      error.textContent = failure.message;
    },
  );
});

document.getElementById('sign-out').addEventListener('click', () => end('Not signed in'));
setInterval(tick, 1000);

const kept = sessionStorage.getItem(SESSION);
if (kept) begin(JSON.parse(kept));

async function signIn(login, password) {
  const asked = { requete: 'init', header: { login, password, account_type: 'supervisor' }, msg: {} };
  // A header is ASCII.
  const header = JSON.stringify(asked).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const response = await fetch('/ws/', { method: 'POST', headers: { 'X-JSON': header }, credentials: 'omit' });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

function begin(session) {
  const byId = (list) => new Map(list.map(({ id, nom, value }) => [id, nom ?? value]));
  names = {
    agents: byId(session.ops),
    queues: byId(session.queues),
    trunks: byId(session.trunks),
    pauses: byId(session.pauses),
  };
  lastCpt = null;
  showFloor(true);
  showConnection('waiting', 'Connecting…');
  socket = io({ path: '/socket.io/' });
  socket.on('connect', () => {
    const options = lastCpt === null ? {} : { since: lastCpt };
    socket.emit('init', 'supervisor', session.target, session.id_session, options, () => {
      showConnection('live', 'Live');
      askSnapshot();
    });
  });
  socket.on('update', (update) => {
    lastCpt = update.cpt;
    showUpdate(update, names);
    refresh ??= setTimeout(askSnapshot, SNAPSHOT_EVERY_MS);
  });
  socket.on('resync', render);
  socket.on('init_error', ({ code }) => {
    if (code === 'bad_session') end('The session has ended: sign in again');
    else showConnection('lost', 'Refused for the moment; trying again…');
  });
  socket.on('session_revoked', () => end('Your access has changed: sign in again'));
  socket.on('connect_error', () => showConnection('lost', 'No connection; trying again…'));
  socket.on('disconnect', (reason) => {
    showConnection('lost', 'Connection lost; trying again…');
    // Socket.IO itself comes back from everything but this.
    if (reason === 'io server disconnect') setTimeout(() => socket?.connect(), 2_000);
  });
}

function askSnapshot() {
  clearTimeout(refresh);
  refresh = null;
  socket?.emit('snapshot', render);
}

function render(snapshot) {
  if (snapshot.error) return;
  lastCpt = snapshot.cpt;
  showSnapshot(snapshot, names.pauses);
}

function end(text) {
  sessionStorage.removeItem(SESSION);
  socket?.off();
  socket?.disconnect();
  socket = null;
  showFloor(false);
  showConnection('off', text);
}
