// A phone or a carrier for tests: registers, is called, calls, holds, transfers. One UDP socket, no retransmissions
// (loopback loses nothing).
import { randomUUID } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { RtpLine } from './rtp-line.ts';
import {
  audioPortIn,
  audioSdp,
  digestAnswer,
  formatSip,
  header,
  headersNamed,
  isRequest,
  methodOf,
  parseSip,
  type SipMessage,
  statusOf,
  tagOf,
  uriIn,
} from './sip-message.ts';

export interface Account {
  username: string;
  password: string;
}

type Headers = readonly (readonly [string, string])[];
const waitLimitMs = 5_000;

export class SipPeer {
  readonly port: number;
  readonly calls: SipCall[] = [];
  /** REGISTER requests that came in; all are granted. */
  readonly registrations: SipMessage[] = [];
  readonly #socket: Socket;
  readonly #serverPort: number;
  readonly #hz: number;
  readonly #callId = randomUUID();
  /** Responses by call id and CSeq. */
  readonly #waiting = new Map<string, (response: SipMessage) => void>();
  readonly #background: Promise<void>[] = [];
  readonly #invites = new Map<string, SipMessage>();
  #sequence = 0;

  private constructor(socket: Socket, { serverPort, hz }: { serverPort: number; hz: number }) {
    this.#socket = socket;
    this.#serverPort = serverPort;
    this.#hz = hz;
    this.port = socket.address().port;
    socket.on('message', (data, from) => this.#received(parseSip(data.toString()), from));
  }

  /** `port` 0: any. `hz`: what it hums in calls that come in, and in those that it places unless they say otherwise. */
  static async open({
    port = 0,
    serverPort,
    hz = 440,
  }: {
    port?: number;
    serverPort: number;
    hz?: number;
  }): Promise<SipPeer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, '127.0.0.1', resolve);
    });
    return new SipPeer(socket, { serverPort, hz });
  }

  /** The status of the registrar's answer. `expires` 0 unregisters. */
  async register(account: Account, expires = 300): Promise<number> {
    const uri = `sip:127.0.0.1:${this.#serverPort}`;
    const own = `<sip:${account.username}@127.0.0.1>`;
    const headers: Headers = [
      ['From', `${own};tag=r`],
      ['To', own],
      ['Call-ID', this.#callId],
      ['Contact', `<sip:${account.username}@127.0.0.1:${this.port}>`],
      ['Expires', String(expires)],
    ];
    return statusOf(await this.#challenged({ method: 'REGISTER', uri, headers, body: '', account }));
  }

  /** Calls that number; the call is known at once, and answered or not later. */
  async dial(
    number: string,
    options: { from: string; name?: string; account?: Account; hz?: number },
  ): Promise<SipCall> {
    const line = await RtpLine.open(options.hz ?? this.#hz);
    const uri = `sip:${number}@127.0.0.1:${this.#serverPort}`;
    const headers: Headers = [
      [
        'From',
        `${options.name === undefined ? '' : `"${options.name}" `}<sip:${options.from}@127.0.0.1>;tag=${randomUUID()}`,
      ],
      ['To', `<${uri}>`],
      ['Call-ID', randomUUID()],
      ['Contact', `<sip:${options.from}@127.0.0.1:${this.port}>`],
      ['Content-Type', 'application/sdp'],
    ];
    const call = new SipCall(this, line, {
      callId: header({ start: '', headers, body: '' }, 'Call-ID'),
      local: headers[0]![1],
    });
    call.remote = headers[1]![1];
    call.target = uri;
    this.calls.push(call);
    const { account } = options;
    const request = { method: 'INVITE', uri, headers, body: audioSdp(line.port), ...(account && { account }) };
    this.#background.push(
      this.#challenged(request).then(
        (response) => call.concluded(response),
        (error: unknown) => call.failed(error),
      ),
    );
    return call;
  }

  /** The next call that comes in, or one that has come and was not taken yet. */
  async called(limitMs = waitLimitMs): Promise<SipCall> {
    return until(() => this.calls.find((call) => call.invite !== null && !call.taken && (call.taken = true)), limitMs);
  }

  /** Its calls must have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#background);
    for (const call of this.calls) call.line.close();
    this.#socket.close();
  }

  /** A request and its final response; provisional ones go to the call. */
  async request(request: { method: string; uri: string; headers: Headers; body: string }): Promise<SipMessage> {
    const sequence = ++this.#sequence;
    const callId = header({ start: '', headers: request.headers, body: '' }, 'Call-ID');
    const key = `${callId} ${sequence} ${request.method}`;
    const response = new Promise<SipMessage>((resolve) => this.#waiting.set(key, resolve));
    const message: SipMessage = {
      start: `${request.method} ${request.uri} SIP/2.0`,
      headers: [
        ['Via', `SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${sequence}x${randomUUID()};rport`],
        ['Max-Forwards', '70'],
        ...request.headers,
        ['CSeq', `${sequence} ${request.method}`],
      ],
      body: request.body,
    };
    if (request.method === 'INVITE') this.#invites.set(callId, message);
    this.send(message);
    const final = await Promise.race([response, sleep(60_000, null, { ref: false })]);
    this.#waiting.delete(key);
    if (final === null) throw new Error(`No final response to ${request.method}.`);
    if (request.method === 'INVITE') this.#acknowledge(request, final, sequence);
    return final;
  }

  cancel(call: SipCall): void {
    const invite = this.#invites.get(call.callId)!;
    const kept = ['Via', 'Max-Forwards', 'From', 'To', 'Call-ID'];
    this.send({
      start: invite.start.replace('INVITE', 'CANCEL'),
      headers: [
        ...invite.headers.filter(([name]) => kept.includes(name)),
        ['CSeq', header(invite, 'CSeq').replace('INVITE', 'CANCEL')],
      ],
      body: '',
    });
  }

  send(message: SipMessage, port = this.#serverPort): void {
    this.#socket.send(formatSip(message), port, '127.0.0.1');
  }

  async #challenged(request: {
    method: string;
    uri: string;
    headers: Headers;
    body: string;
    account?: Account;
  }): Promise<SipMessage> {
    const first = await this.request(request);
    const challenge = header(first, 'WWW-Authenticate') || header(first, 'Proxy-Authenticate');
    if (challenge === '' || !request.account) return first;
    const answer = digestAnswer(challenge, { ...request, ...request.account });
    const name = statusOf(first) === 407 ? 'Proxy-Authorization' : 'Authorization';
    return this.request({ ...request, headers: [...request.headers, [name, answer]] });
  }

  #acknowledge({ uri, headers }: { uri: string; headers: Headers }, final: SipMessage, sequence: number): void {
    const ok = statusOf(final) < 300;
    const target = ok ? uriIn(header(final, 'Contact')) : uri;
    this.send({
      start: `ACK ${target} SIP/2.0`,
      headers: [
        ['Via', ok ? `SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${randomUUID()}` : header(final, 'Via')],
        ['Max-Forwards', '70'],
        ...headers.filter(([name]) => name === 'From' || name === 'Call-ID'),
        ['To', header(final, 'To')],
        ['CSeq', `${sequence} ACK`],
      ],
      body: '',
    });
  }

  async #called(invite: SipMessage, port: number): Promise<void> {
    this.calls.push(SipCall.incoming(this, await RtpLine.open(this.#hz), invite, port));
  }

  #received(message: SipMessage, from: RemoteInfo): void {
    const callId = header(message, 'Call-ID');
    const call = this.calls.find((candidate) => candidate.callId === callId);
    if (!isRequest(message)) {
      if (statusOf(message) < 200) call?.progressed(message);
      else this.#waiting.get(`${callId} ${header(message, 'CSeq')}`)?.(message);
      return;
    }
    if (methodOf(message) === 'INVITE' && !call) {
      this.#background.push(this.#called(message, from.port));
    } else if (methodOf(message) === 'REGISTER') {
      this.registrations.push(message);
      this.send(responseTo(message, '200 OK'), from.port);
    } else if (methodOf(message) === 'OPTIONS') this.send(responseTo(message, '200 OK'), from.port);
    else call?.requested(message, from.port);
  }
}

export class SipCall {
  readonly line: RtpLine;
  readonly callId: string;
  /** Requests that came in this call, by method, in order. */
  readonly requests: SipMessage[] = [];
  readonly provisional: number[] = [];
  /** The call's INVITE, when it came in. */
  invite: SipMessage | null = null;
  taken = false;
  local: string;
  remote = '';
  target = '';
  /** Final status of our INVITE; null: none yet. */
  status: number | null = null;
  readonly #peer: SipPeer;
  #failure: unknown = null;
  #port = 0;

  constructor(peer: SipPeer, line: RtpLine, { callId, local }: { callId: string; local: string }) {
    this.#peer = peer;
    this.line = line;
    this.callId = callId;
    this.local = local;
  }

  static incoming(peer: SipPeer, line: RtpLine, invite: SipMessage, port: number): SipCall {
    const local = `${header(invite, 'To')};tag=${randomUUID()}`;
    const call = new SipCall(peer, line, { callId: header(invite, 'Call-ID'), local });
    call.invite = invite;
    call.remote = header(invite, 'From');
    call.target = uriIn(header(invite, 'Contact'));
    call.#port = port;
    if (invite.body !== '') line.talkTo(audioPortIn(invite.body));
    return call;
  }

  /** Takes back the call that we placed. */
  cancel(): void {
    this.#peer.cancel(this);
  }

  /** `180 Ringing`, `486 Busy here`… */
  respond(status: string): void {
    this.#peer.send(responseTo(this.invite!, status, { to: this.local, port: this.#peer.port }), this.#port);
  }

  /** `183 Session Progress` or `200 OK`, with a tone on the line. */
  respondWithAudio(status: string): void {
    const sdp = audioSdp(this.line.port);
    this.#peer.send(responseTo(this.invite!, status, { to: this.local, port: this.#peer.port, sdp }), this.#port);
  }

  hasEnded(): boolean {
    return this.requests.some((request) => ['BYE', 'CANCEL'].includes(methodOf(request)));
  }

  async ended(limitMs = waitLimitMs): Promise<void> {
    await until(() => this.hasEnded() || undefined, limitMs);
  }

  /** The final status of the call that we placed. */
  async outcome(limitMs = waitLimitMs): Promise<number> {
    return until(() => {
      if (this.#failure !== null) throw this.#failure;
      return this.status ?? undefined;
    }, limitMs);
  }

  async hangUp(): Promise<void> {
    await this.#request('BYE', '');
  }

  async hold(): Promise<void> {
    await this.#request('INVITE', audioSdp(this.line.port, 'sendonly'), [['Content-Type', 'application/sdp']]);
  }

  async unhold(): Promise<void> {
    await this.#request('INVITE', audioSdp(this.line.port), [['Content-Type', 'application/sdp']]);
  }

  /** A digit by SIP INFO. */
  async pressByInfo(digit: string): Promise<void> {
    await this.#request('INFO', `Signal=${digit}\r\nDuration=100\r\n`, [['Content-Type', 'application/dtmf-relay']]);
  }

  /** The status of the answer to a REFER to that number. */
  async transferTo(number: string): Promise<number> {
    return this.#refer(`<sip:${number}@127.0.0.1>`);
  }

  /** Joins the other sides of this call and of another one of the same phone (RFC 3891). */
  async transferToCall(other: SipCall): Promise<number> {
    const replaces = `${other.callId};to-tag=${tagOf(other.remote)};from-tag=${tagOf(other.local)}`;
    return this.#refer(`<sip:other@127.0.0.1?Replaces=${encodeURIComponent(replaces)}>`);
  }

  /** How the transfer went that it asked for, as the NOTIFYs say: `SIP/2.0 200 OK`. */
  transferNews(): string[] {
    return this.requests.filter((request) => methodOf(request) === 'NOTIFY').map(({ body }) => body.trim());
  }

  progressed(response: SipMessage): void {
    this.provisional.push(statusOf(response));
    if (response.body !== '') this.line.talkTo(audioPortIn(response.body));
  }

  concluded(response: SipMessage): void {
    this.status = statusOf(response);
    if (this.status >= 300) return;
    this.remote = header(response, 'To');
    this.target = uriIn(header(response, 'Contact'));
    this.line.talkTo(audioPortIn(response.body));
  }

  failed(error: unknown): void {
    this.#failure = error;
  }

  requested(request: SipMessage, port: number): void {
    this.requests.push(request);
    const method = methodOf(request);
    if (method === 'ACK') return;
    if (method === 'INVITE') {
      this.#peer.send(responseTo(request, '200 OK', { port: this.#peer.port, sdp: audioSdp(this.line.port) }), port);
      return;
    }
    this.#peer.send(responseTo(request, '200 OK', { port: this.#peer.port }), port);
    if (method === 'CANCEL') this.respond('487 Request Terminated');
  }

  async #refer(target: string): Promise<number> {
    return statusOf(await this.#request('REFER', '', [['Refer-To', target]]));
  }

  #request(method: string, body: string, more: Headers = []): Promise<SipMessage> {
    const headers: Headers = [
      ['From', this.local],
      ['To', this.remote],
      ['Call-ID', this.callId],
      ['Contact', `<sip:peer@127.0.0.1:${this.#peer.port}>`],
      ...more,
    ];
    return this.#peer.request({ method, uri: this.target, headers, body });
  }
}

function responseTo(
  request: SipMessage,
  status: string,
  { to, port, sdp }: { to?: string; port?: number; sdp?: string } = {},
): SipMessage {
  const own = to ?? header(request, 'To');
  return {
    start: `SIP/2.0 ${status}`,
    headers: [
      ...headersNamed(request, 'Via').map((value) => ['Via', value] as const),
      ...headersNamed(request, 'Record-Route').map((value) => ['Record-Route', value] as const),
      ['From', header(request, 'From')],
      ['To', tagOf(own) === '' ? `${own};tag=p` : own],
      ['Call-ID', header(request, 'Call-ID')],
      ['CSeq', header(request, 'CSeq')],
      ...(port === undefined ? [] : [['Contact', `<sip:peer@127.0.0.1:${port}>`] as const]),
      ...(sdp === undefined ? [] : [['Content-Type', 'application/sdp'] as const]),
    ],
    body: sdp ?? '',
  };
}

/** Looks until there is one. */
export async function until<T>(
  look: () => T | false | undefined | Promise<T | false | undefined>,
  limitMs = waitLimitMs,
): Promise<T> {
  for (let waited = 0; waited < limitMs; waited += 10) {
    const found = await look();
    if (found !== false && found !== undefined) return found;
    await sleep(10);
  }
  throw new Error(`It did not come within ${limitMs} ms.`);
}
