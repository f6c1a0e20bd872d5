// A telephone (baresip, without sound hardware): it says a tone of its own and records what it hears.
// A phone that has held its call, or was held by a re-INVITE, records no more of that call (baresip issue 1496): what
// comes after is heard by the other party.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Audio, readWav, sharesOf, silence, soundShareOf } from './audio.ts';
import { BaresipControl, type BaresipEvent } from './baresip-control.ts';
import { freePort } from '../../server/platform/asterisk/testing-ports.ts';

export interface PhoneOptions {
  /** Where calls and the registration go. */
  server: { port: number; host?: string };
  /** SIP user; a caller's number for a phone that does not register. */
  username: string;
  /** Null: it does not register. */
  password: string | null;
  displayName?: string;
  toneHz?: number;
  /** It picks up every call at once. */
  autoAnswer?: boolean;
  /** Its own SIP port: trunks are told by it when several share one address. */
  port?: number;
}

export interface PhoneCall {
  id: string;
  state: 'incoming' | 'calling' | 'talking';
  /** The other side's number. */
  peer: string;
  peerName: string | null;
}

const defaultLimitMs = 10_000;
const modulePath = '/usr/lib/baresip/modules';

/** Resolves when it is registered, or ready if it does not register. */
export async function aPhone(options: PhoneOptions): Promise<Phone> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-phone-'));
  const port = options.port ?? (await freePort());
  const controlPort = await freePort();
  await mkdir(join(folder, 'heard'));
  await writeFile(join(folder, 'config'), baresipConfig({ folder, port, controlPort, toneHz: options.toneHz ?? 440 }));
  await writeFile(join(folder, 'accounts'), '');
  const output = await open(join(folder, 'output.log'), 'a');
  const child = spawn('baresip', ['-f', folder], {
    stdio: ['ignore', output.fd, output.fd],
    cwd: folder,
    detached: true,
  });
  await once(child, 'spawn');
  await output.close();
  const phone = new Phone(options, folder, port, child);
  try {
    await phone.connect(controlPort);
  } catch (error) {
    const said = await readFile(join(folder, 'output.log'), 'utf8');
    await phone.close();
    throw new Error(`the phone of ${options.username} does not start: ${String(error)}\n${said.slice(-500)}`, {
      cause: error,
    });
  }
  return phone;
}

export class Phone {
  readonly port: number;
  readonly #options: PhoneOptions;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #calls = new Map<string, PhoneCall>();
  readonly #watchers = new Set<() => void>();
  #control: BaresipControl | null = null;
  #registered = false;
  #refusal: string | null = null;
  #lastEnd: string | null = null;
  #digits = '';
  #sdpAnswers = 0;
  #hasHeld = false;

  constructor(options: PhoneOptions, folder: string, port: number, child: ChildProcess) {
    this.#options = options;
    this.#folder = folder;
    this.port = port;
    this.#child = child;
  }

  async connect(controlPort: number): Promise<void> {
    this.#control = await BaresipControl.open(controlPort, 5_000, (event) => this.#happened(event));
    const { server, username, password, displayName, autoAnswer } = this.#options;
    const account = [
      `${displayName === undefined ? '' : `"${displayName}" `}<sip:${username}@${server.host ?? '127.0.0.1'}:${server.port}>`,
      // No registration has to be renewed during a test: one that fell into an outage is tried again much later.
      password === null ? 'regint=0' : `auth_user=${username};auth_pass=${password};regint=600`,
      `answermode=${autoAnswer ? 'auto' : 'manual'}`,
      'audio_codecs=PCMU',
    ];
    await this.#do('uanew', account.join(';'));
    if (password === null) return;
    await this.#until('is registered or refused', () => this.#registered || this.#refusal !== null, defaultLimitMs);
    if (this.#refusal !== null) throw new Error(`its registration is refused: ${this.#refusal}`);
  }

  get registered(): boolean {
    return this.#registered;
  }

  /** Calls that it has now, the newest last. */
  get calls(): readonly PhoneCall[] {
    return [...this.#calls.values()];
  }

  /** Keys that the other sides have pressed. */
  get digits(): string {
    return this.#digits;
  }

  /** How the last call ended, in baresip's words; null: none has yet. */
  get lastEnd(): string | null {
    return this.#lastEnd;
  }

  /** Somebody calls; who. */
  async rings(limitMs = defaultLimitMs): Promise<PhoneCall> {
    return this.#until('rings', () => this.#callThatIs('incoming'), limitMs);
  }

  /** Waits for it to ring, picks up, and is in conversation. */
  async answers(limitMs = defaultLimitMs): Promise<PhoneCall> {
    const { id } = await this.rings(limitMs);
    await this.#do('accept');
    return this.#until('talks after it has picked up', () => this.#talking(id), limitMs);
  }

  /** Waits for it to ring, and refuses (486). */
  async rejects(limitMs = defaultLimitMs): Promise<void> {
    const { id } = await this.rings(limitMs);
    await this.#do('hangup');
    await this.#until('is free after it has refused', () => !this.#calls.has(id), limitMs);
  }

  /** Dials; resolves when the call is under way. */
  async dials(number: string): Promise<void> {
    const { server } = this.#options;
    await this.#do('dial', `sip:${number}@${server.host ?? '127.0.0.1'}:${server.port}`);
  }

  /** Dials, and gets no conversation; how that ended, in baresip's words, which begin with the SIP status. */
  async dialsInVain(number: string, limitMs = defaultLimitMs): Promise<string> {
    this.#lastEnd = null;
    await this.dials(number);
    return this.#until(`hears why ${number} is not reached`, () => this.#lastEnd ?? undefined, limitMs);
  }

  /** In conversation. */
  async talks(limitMs = defaultLimitMs): Promise<PhoneCall> {
    return this.#until('talks', () => this.#callThatIs('talking'), limitMs);
  }

  /** In conversation with that number. */
  async talksTo(number: string, limitMs = defaultLimitMs): Promise<PhoneCall> {
    const found = (): PhoneCall | undefined =>
      this.calls.find((call) => call.state === 'talking' && call.peer === number);
    return this.#until(`talks to ${number}`, found, limitMs);
  }

  /** Ends its newest call; the next one may ring at once. */
  async hangsUp(limitMs = defaultLimitMs): Promise<void> {
    const call = this.calls.at(-1);
    await this.#do('hangup');
    await this.#until('has hung up', () => call === undefined || !this.#calls.has(call.id), limitMs);
  }

  /** No call is left, whoever ended it. */
  async isFree(limitMs = defaultLimitMs): Promise<void> {
    await this.#until('is free', () => this.#calls.size === 0, limitMs);
  }

  async holds(): Promise<void> {
    this.#hasHeld = true;
    await this.#reinvites('hold');
  }

  async resumes(): Promise<void> {
    await this.#reinvites('resume');
  }

  /** A blind transfer: REFER to that number. */
  async transfersTo(number: string): Promise<void> {
    const { server } = this.#options;
    await this.#do('transfer', `sip:${number}@${server.host ?? '127.0.0.1'}:${server.port}`);
  }

  /** Telephone events in RTP. */
  async presses(digits: string): Promise<void> {
    for (const digit of digits) {
      await this.#do('sndcode', digit);
      await sleep(250);
    }
  }

  /** The other side presses these keys, after those that it has pressed before. */
  async getsDigits(digits: string, limitMs = defaultLimitMs): Promise<void> {
    await this.#until(`gets the digits ${digits}`, () => this.#digits.endsWith(digits), limitMs);
  }

  /** Hears that tone: at some time within the limit, for most of half a second. */
  async hears(toneHz: number, limitMs = defaultLimitMs): Promise<void> {
    await this.#hearing(`hears ${toneHz} Hz`, shareOf(toneHz), (share) => share >= 0.6, limitMs);
  }

  /** Hears these tones at the same time. */
  async hearsAll(tones: readonly number[], limitMs = defaultLimitMs): Promise<void> {
    const least = (heard: Audio): number => Math.min(...sharesOf(heard, tones).values());
    await this.#hearing(`hears ${tones.join(' and ')} Hz`, least, (share) => share >= 0.6, limitMs);
  }

  /** No longer hears that tone: not at all for half a second. */
  async hearsNoLonger(toneHz: number, limitMs = defaultLimitMs): Promise<void> {
    await this.#hearing(`no longer hears ${toneHz} Hz`, shareOf(toneHz), (share) => share === 0, limitMs);
  }

  /** Hears anything, music or voices: at some time within the limit, for most of half a second. */
  async hearsSound(limitMs = defaultLimitMs): Promise<void> {
    await this.#hearing('hears anything', soundShareOf, (share) => share >= 0.6, limitMs);
  }

  /** Share of what it has heard in its last call that holds each tone; see `sharesOf`. */
  async heard(tones: readonly number[]): Promise<Map<number, number>> {
    return sharesOf(await this.#recording(), tones);
  }

  async #recording(): Promise<Audio> {
    const recordings = (await readdir(join(this.#folder, 'heard'))).filter((name) => name.endsWith('-dec.wav')).sort();
    const last = recordings.at(-1);
    return last === undefined ? silence(0) : readWav(join(this.#folder, 'heard', last));
  }

  /** The cable is pulled: nobody is told, the registration stays at the server. */
  async dies(): Promise<void> {
    await this.#ends('SIGKILL', 5_000);
  }

  /** Unregisters, hangs up, and removes its files. May be called twice. */
  async close(): Promise<void> {
    // Asked to end it hangs up and unregisters first.
    if (!(await this.#ends('SIGTERM', 3_000))) await this.dies();
    this.#control?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #ends(signal: 'SIGTERM' | 'SIGKILL', limitMs: number): Promise<boolean> {
    const deadline = performance.now() + limitMs;
    this.#child.kill(signal);
    while (this.#child.exitCode === null && this.#child.signalCode === null) {
      if (performance.now() > deadline) return false;
      await sleep(20);
    }
    return true;
  }

  /** Waits for the other side's SDP: a re-INVITE during another one is lost. */
  async #reinvites(command: 'hold' | 'resume'): Promise<void> {
    const before = this.#sdpAnswers;
    await this.#do(command);
    await this.#until(`has the answer to its ${command}`, () => this.#sdpAnswers > before, defaultLimitMs);
  }

  async #do(command: string, params?: string): Promise<string> {
    if (this.#control === null) throw new Error('the phone is not connected');
    return this.#control.command(command, params);
  }

  #callThatIs(state: PhoneCall['state']): PhoneCall | undefined {
    return this.calls.findLast((call) => call.state === state);
  }

  #talking(id: string): PhoneCall | undefined {
    const call = this.#calls.get(id);
    return call?.state === 'talking' ? call : undefined;
  }

  async #hearing(
    what: string,
    measured: (heard: Audio) => number,
    is: (share: number) => boolean,
    limitMs: number,
  ): Promise<void> {
    if (this.#hasHeld) throw new Error('a phone that has held its call hears nothing more of it');
    const deadline = performance.now() + limitMs;
    const listenMs = 500;
    let share: number;
    do {
      const from = (await this.#recording()).samples.length;
      await sleep(listenMs);
      // While no audio comes in, the recording stands still: what is missing is silence.
      const heard = silence(listenMs);
      heard.samples.set((await this.#recording()).samples.subarray(from, from + heard.samples.length));
      share = measured(heard);
      if (is(share)) return;
    } while (performance.now() < deadline);
    throw new Error(`it is not so that ${this.#options.username}'s phone ${what}: share ${share} after ${limitMs} ms`);
  }

  #happened(event: BaresipEvent): void {
    const { id } = event;
    if (event.type === 'REGISTER_OK') this.#registered = true;
    else if (event.type === 'UNREGISTERING') this.#registered = false;
    else if (event.type === 'REGISTER_FAIL') {
      this.#registered = false;
      this.#refusal = event.param ?? '';
    }
    if (id !== undefined) this.#callHappened(id, event);
    for (const watcher of this.#watchers) watcher();
  }

  #callHappened(id: string, event: BaresipEvent): void {
    const states: Record<string, PhoneCall['state']> = {
      CALL_INCOMING: 'incoming',
      CALL_RINGING: 'calling',
      CALL_PROGRESS: 'calling',
      CALL_ESTABLISHED: 'talking',
    };
    if (event.type === 'CALL_CLOSED') {
      this.#calls.delete(id);
      this.#hasHeld = false;
      this.#lastEnd = event.param ?? '';
      return;
    }
    if (event.type === 'CALL_REMOTE_SDP' && event.param === 'answer') this.#sdpAnswers += 1;
    if (event.type === 'CALL_DTMF_START') this.#digits += event.param ?? '';
    const state = states[event.type];
    if (state === undefined) return;
    const peer = /^sips?:([^@;>]+)@/.exec(event.peeruri ?? '')?.[1] ?? event.peeruri ?? '';
    this.#calls.set(id, { id, state, peer: decodeURIComponent(peer), peerName: event.peerdisplayname ?? null });
  }

  /** Looks again after each event. */
  #until<T>(what: string, look: () => T | undefined | false, limitMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(limit);
        this.#watchers.delete(watcher);
      };
      const watcher = (): void => {
        const seen = look();
        if (seen === undefined || seen === false) return;
        settle();
        resolve(seen);
      };
      const limit = setTimeout(() => {
        settle();
        const now = JSON.stringify({ registered: this.#registered, calls: this.calls, lastEnd: this.#lastEnd });
        reject(new Error(`it is not so that ${this.#options.username}'s phone ${what}, after ${limitMs} ms: ${now}`));
      }, limitMs);
      this.#watchers.add(watcher);
      watcher();
    });
  }
}

function shareOf(toneHz: number): (heard: Audio) => number {
  return (heard) => sharesOf(heard, [toneHz]).get(toneHz)!;
}

function baresipConfig(phone: { folder: string; port: number; controlPort: number; toneHz: number }): string {
  const modules = ['g711', 'ausine', 'sndfile'].map((name) => `module ${name}.so\n`).join('');
  const applications = ['menu', 'ctrl_tcp'].map((name) => `module_app ${name}.so\n`).join('');
  // 48 kHz in two channels is all that the tone generator offers; baresip resamples.
  return `sip_listen 127.0.0.1:${phone.port}
net_interface 127.0.0.1
call_local_timeout 300
call_max_calls 4
rtp_ports 31000-31998
audio_source ausine,${phone.toneHz}
ausrc_srate 48000
ausrc_channels 2
snd_path ${join(phone.folder, 'heard')}
module_path ${modulePath}
${modules}${applications}ctrl_tcp_listen 127.0.0.1:${phone.controlPort}
`;
}
