// SIPp scenarios from small pieces. SIPp fills in what stands in [brackets].
import { payloadTypes } from './rtp-capture.ts';

export interface CallerScenario {
  from: string;
  fromName: string | null;
  /** Path of the capture that is played from the answer on; null: no audio. */
  capture: string | null;
  /** The final response that is expected to the INVITE. */
  finalStatus: number;
  /** Null: the other side hangs up, within `limitMs`. */
  hangUpAfterMs: number | null;
  /** The caller gives up so long after the first ringing. */
  cancelAfterMs: number | null;
  infoDigits: readonly { atMs: number; digits: string }[];
  /** The UDP port that it wants its audio at; null: SIPp's own. */
  listenAt: number | null;
  limitMs: number;
}

const invitesBranch = 'z9hG4bK-[pid]-[call_number]-invite';
const called = 'sip:[service]@[remote_ip]:[remote_port]';

export function callerScenario(call: CallerScenario): string {
  return scenario('caller', [invite(call), ...callerSteps(call)]);
}

function callerSteps(call: CallerScenario): string[] {
  const provisional = (...codes: number[]): string[] =>
    codes.map((code) => `<recv response="${code}" optional="true"/>`);
  if (call.cancelAfterMs !== null) {
    return [
      ...provisional(100),
      '<recv response="180"/>',
      pause(call.cancelAfterMs),
      request(call, 'CANCEL', 1, { uri: called, toTag: false, sameBranch: true }),
      '<recv response="200"/>',
      '<recv response="487"/>',
      request(call, 'ACK', 1, { uri: called, toTag: true, sameBranch: true }),
    ];
  }
  const answer = [
    ...provisional(100, 180, 181, 183),
    `<recv response="${call.finalStatus}" rtd="true" rrs="true" timeout="${call.limitMs}"/>`,
  ];
  if (call.finalStatus !== 200) {
    return [...answer, request(call, 'ACK', 1, { uri: called, toTag: true, sameBranch: true })];
  }
  const { steps, lastsMs, nextSequence } = infoSteps(call);
  const end =
    call.hangUpAfterMs === null
      ? [`<recv request="BYE" timeout="${call.limitMs}"/>`, okToRequest]
      : [
          pause(Math.max(0, call.hangUpAfterMs - lastsMs)),
          request(call, 'BYE', nextSequence, { uri: '[next_url]', toTag: true }),
          '<recv response="200"/>',
        ];
  return [
    ...answer,
    request(call, 'ACK', 1, { uri: '[next_url]', toTag: true }),
    ...speak(call.capture),
    ...steps,
    ...end,
  ];
}

function infoSteps(call: CallerScenario): { steps: string[]; lastsMs: number; nextSequence: number } {
  const steps: string[] = [];
  let [lastsMs, sequence] = [0, 2];
  for (const { atMs, digits: keys } of call.infoDigits) {
    for (const key of keys) {
      const waitMs = Math.max(200, atMs - lastsMs);
      const body = `Signal=${key}\nDuration=160\n`;
      steps.push(
        pause(waitMs),
        request(call, 'INFO', sequence, { uri: '[next_url]', toTag: true, body, type: 'application/dtmf-relay' }),
        '<recv response="200"/>',
      );
      lastsMs += waitMs;
      sequence += 1;
    }
  }
  return { steps, lastsMs, nextSequence: sequence };
}

export interface CalleeScenario {
  ringForMs: number;
  /** What the callee says in the end: 200, or a refusal. */
  status: number;
  capture: string | null;
  /** Null: the other side hangs up. */
  hangUpAfterMs: number | null;
  limitMs: number;
}

/** Somebody who is called, as a trunk's far end. */
export function calleeScenario(callee: CalleeScenario): string {
  const hangsUp = callee.status === 200 && callee.hangUpAfterMs !== null;
  const invited = hangsUp
    ? '<recv request="INVITE" rrs="true"><action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/></action></recv>'
    : '<recv request="INVITE" rrs="true"/>';
  const ringing = [invited, response(180, 'Ringing'), pause(callee.ringForMs)];
  if (callee.status !== 200) {
    return scenario('callee', [...ringing, response(callee.status, 'Refused'), '<recv request="ACK"/>']);
  }
  const end =
    callee.hangUpAfterMs === null
      ? [`<recv request="BYE" timeout="${callee.limitMs}"/>`, okToRequest]
      : [pause(callee.hangUpAfterMs), calleeBye, '<recv response="200"/>'];
  return scenario('callee', [
    ...ringing,
    response(200, 'OK', sdp(null)),
    '<recv request="ACK"/>',
    ...speak(callee.capture),
    ...end,
  ]);
}

function scenario(name: string, steps: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n`;
}

function speak(capture: string | null): string[] {
  return capture === null ? [] : [`<nop><action><exec play_pcap_audio="${capture}"/></action></nop>`];
}

function pause(ms: number): string {
  return `<pause milliseconds="${Math.round(ms)}"/>`;
}

const sdp = (port: number | null): string => `v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio ${port ?? '[auto_media_port]'} RTP/AVP ${payloadTypes.muLaw} ${payloadTypes.telephoneEvent}
a=rtpmap:${payloadTypes.muLaw} PCMU/8000
a=rtpmap:${payloadTypes.telephoneEvent} telephone-event/8000
a=fmtp:${payloadTypes.telephoneEvent} 0-15
a=ptime:20
`;

function invite(call: CallerScenario): string {
  return message(`INVITE ${called} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${invitesBranch}
From: ${caller(call)}
To: <${called}>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

${sdp(call.listenAt)}`);
}

function caller(call: CallerScenario): string {
  const name = call.fromName === null ? '' : `"${call.fromName}" `;
  return `${name}<sip:${call.from}@[local_ip]:[local_port]>;tag=[pid]t[call_number]`;
}

interface RequestParts {
  uri: string;
  toTag: boolean;
  /** ACK of a refusal and CANCEL belong to the INVITE's transaction. */
  sameBranch?: boolean;
  body?: string;
  type?: string;
}

/** Of the caller, within the dialog that his INVITE began. */
function request(call: CallerScenario, method: string, sequence: number, parts: RequestParts): string {
  const branch = parts.sameBranch ? invitesBranch : '[branch]';
  const content =
    parts.body === undefined
      ? 'Content-Length: 0\n\n'
      : `Content-Type: ${parts.type}\nContent-Length: [len]\n\n${parts.body}`;
  return message(
    `${method} ${parts.uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch}
From: ${caller(call)}
To: <${called}>${parts.toTag ? '[peer_tag_param]' : ''}
Call-ID: [call_id]
CSeq: ${sequence} ${method}
Max-Forwards: 70
${content}`,
    method !== 'ACK',
  );
}

const calleeBye = message(`BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:callee@[local_ip]:[local_port]>;tag=[pid]s[call_number]
To: [$caller]
[last_Call-ID]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

`);

const okToRequest = message(
  `SIP/2.0 200 OK
[last_Via]
[last_From]
[last_To]
[last_Call-ID]
[last_CSeq]
Content-Length: 0

`,
  false,
);

function response(status: number, phrase: string, body?: string): string {
  const content =
    body === undefined ? 'Content-Length: 0\n\n' : `Content-Type: application/sdp\nContent-Length: [len]\n\n${body}`;
  return message(
    `SIP/2.0 ${status} ${phrase}
[last_Via]
[last_From]
[last_To];tag=[pid]s[call_number]
[last_Call-ID]
[last_CSeq]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
${content}`,
    status >= 200,
  );
}

/** Sent again until it is answered, as UDP needs it. */
function message(text: string, repeated = true): string {
  return `<send${repeated ? ' retrans="500"' : ''}><![CDATA[\n${text}]]></send>`;
}
