// Trunks and phones as PJSIP objects, which are put into Asterisk's memory at run time. An endpoint's name says what it
// is: `trunk-<id>`, else the phone's user name (a phone is found by the name in its From and REGISTER).
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { AppError } from '../../../errors.ts';
import type { PhoneSetup, TrunkSetup, VoiceSetup } from '../engine.ts';
import { contexts, variables } from './dialplan.ts';
import { trunkEndpoint } from './translate.ts';

type ObjectType = 'auth' | 'aor' | 'endpoint' | 'identify' | 'registration';

export interface PjsipObject {
  type: ObjectType;
  id: string;
  /** In Asterisk's order; a name may come several times. */
  fields: readonly (readonly [name: string, value: string])[];
}

export interface Change {
  do: 'put' | 'delete';
  object: PjsipObject;
}

export interface MediaOptions {
  /** What SDP says, and where RTP is bound: for phones and trunks on loopback. Null: Asterisk finds out. */
  mediaAddress: string | null;
}

/** Who is needed comes before who needs it. */
const makingOrder: readonly ObjectType[] = ['auth', 'aor', 'endpoint', 'identify', 'registration'];

/** Every object that the setup asks for. Throws `voice.command_failed` for a user name that PJSIP could misread. */
export function pjsipObjects(setup: VoiceSetup, media: MediaOptions): PjsipObject[] {
  return [
    ...setup.trunks.filter(({ type }) => type === 'sip').map((trunk) => trunkObjects(trunk, media)),
    ...setup.phones.filter(({ sandbox }) => !sandbox).map((phone) => phoneObjects(phone, media)),
  ].flatMap(withFingerprint);
}

const fingerprintForm = /^parley-[0-9a-f]{32}$/;

/** Is it an endpoint that some life of ours has made? By its account code. */
export function isFingerprint(accountCode: string): boolean {
  return fingerprintForm.test(accountCode);
}

/** Null: no such endpoint. */
export function fingerprintOf(endpoint: string, objects: readonly PjsipObject[]): string | null {
  const object = objects.find(({ type, id }) => type === 'endpoint' && id === endpoint);
  return object?.fields.find(([name]) => name === 'accountcode')?.[1] ?? null;
}

/** Asterisk does not give back all that it was told, so an endpoint says itself what it was made of. */
function withFingerprint(objects: PjsipObject[]): PjsipObject[] {
  const fingerprint = `parley-${createHash('sha256').update(JSON.stringify(objects)).digest('hex').slice(0, 32)}`;
  return objects.map((object) =>
    object.type === 'endpoint' ? { ...object, fields: [...object.fields, ['accountcode', fingerprint]] } : object,
  );
}

/**
 * What makes `wanted` out of `known`, in an order in which nothing refers to what is not there. What has changed is
 * deleted first: Asterisk would add to lists (`match`, `set_var`) and keep what is not named any more.
 */
export function changesBetween(known: readonly PjsipObject[], wanted: readonly PjsipObject[]): Change[] {
  const before = new Map(known.map((object) => [keyOf(object), object]));
  const after = new Map(wanted.map((object) => [keyOf(object), object]));
  const stale = known.filter((object) => !sameFields(after.get(keyOf(object)), object));
  const fresh = wanted.filter((object) => !sameFields(before.get(keyOf(object)), object));
  return [
    ...inMakingOrder(stale)
      .reverse()
      .map((object): Change => ({ do: 'delete', object })),
    ...inMakingOrder(fresh).map((object): Change => ({ do: 'put', object })),
  ];
}

/** All that there could be below an endpoint of ours, of whatever it was made. */
export function objectsBelow(endpoint: string): PjsipObject[] {
  return makingOrder.map((type) => ({ type, id: endpoint, fields: [] }));
}

function trunkObjects(trunk: TrunkSetup, media: MediaOptions): PjsipObject[] {
  const id = trunkEndpoint(trunk.id);
  if (trunk.host === null) throw new AppError('voice.command_failed', `Trunk ${trunk.id} has no host.`);
  const server = `sip:${isIPv6(trunk.host) ? `[${trunk.host}]` : trunk.host}:${trunk.port}`;
  const credentials = trunk.username === null ? null : { username: trunk.username, password: trunk.password ?? '' };
  return [
    ...(credentials ? [authObject(id, credentials)] : []),
    { type: 'aor', id, fields: [['contact', server]] },
    {
      type: 'endpoint',
      id,
      fields: [
        ['context', contexts.trunk],
        ['aors', id],
        ...(credentials ? ([['outbound_auth', id]] as const) : []),
        ['disallow', 'all'],
        ['allow', 'alaw,ulaw'],
        ['trust_id_inbound', 'yes'],
        ['set_var', `${variables.trunk}=${trunk.id}`],
        ...commonFields(media),
      ],
    },
    ...(trunk.matchAddresses.length === 0 ? [] : [identifyObject(id, trunk.matchAddresses)]),
    ...(credentials ? [registrationObject(id, server, credentials.username)] : []),
  ];
}

function phoneObjects(phone: PhoneSetup, media: MediaOptions): PjsipObject[] {
  const { username: id, password } = phone;
  if (id === null || !/^[A-Za-z0-9._-]+$/.test(id) || id.startsWith('trunk-'))
    throw new AppError('voice.command_failed', `Phone ${phone.extension} has no user name that SIP could use.`);
  return [
    authObject(id, { username: id, password: password ?? '' }),
    {
      type: 'aor',
      id,
      // One phone an extension: who registers anew has moved.
      fields: [
        ['max_contacts', '1'],
        ['remove_existing', 'yes'],
        // A phone that lost its power does not unregister.
        ['qualify_frequency', '60'],
      ],
    },
    {
      type: 'endpoint',
      id,
      fields: [
        ['context', contexts.phone],
        ['aors', id],
        ['auth', id],
        ['disallow', 'all'],
        // What trunks speak comes first, so that nothing is transcoded.
        ['allow', 'alaw,ulaw,g722,opus'],
        ['rewrite_contact', 'yes'],
        ['set_var', `${variables.phone}=${phone.extension}`],
        ...commonFields(media),
      ],
    },
  ];
}

function commonFields({ mediaAddress }: MediaOptions): [string, string][] {
  return [
    // A REFER is for us to decide.
    ['set_var', 'PJSIP_TRANSFER_HANDLING()=ari-only'],
    ['direct_media', 'no'],
    ['rtp_symmetric', 'yes'],
    ['force_rport', 'yes'],
    // RFC 4733 where the other side can, else SIP INFO.
    ['dtmf_mode', 'auto_info'],
    ...(mediaAddress === null
      ? []
      : ([
          ['media_address', mediaAddress],
          ['bind_rtp_to_media_address', 'yes'],
        ] satisfies [string, string][])),
  ];
}

function authObject(id: string, { username, password }: { username: string; password: string }): PjsipObject {
  return {
    type: 'auth',
    id,
    fields: [
      ['auth_type', 'userpass'],
      ['username', username],
      ['password', password],
    ],
  };
}

function identifyObject(id: string, matchAddresses: readonly string[]): PjsipObject {
  return {
    type: 'identify',
    id,
    fields: [
      ['endpoint', id],
      ['match', matchAddresses.join(',')],
    ],
  };
}

function registrationObject(id: string, server: string, username: string): PjsipObject {
  return {
    type: 'registration',
    id,
    fields: [
      ['server_uri', server],
      ['client_uri', server.replace('sip:', `sip:${encodeURIComponent(username)}@`)],
      ['outbound_auth', id],
      ['contact_user', username],
      ['expiration', '300'],
      ['retry_interval', '30'],
      ['forbidden_retry_interval', '300'],
      ['max_retries', '4294967295'],
    ],
  };
}

function inMakingOrder(objects: readonly PjsipObject[]): PjsipObject[] {
  return makingOrder.flatMap((type) => objects.filter((object) => object.type === type));
}

function keyOf({ type, id }: PjsipObject): string {
  return `${type}/${id}`;
}

function sameFields(one: PjsipObject | undefined, other: PjsipObject): boolean {
  return one !== undefined && JSON.stringify(one.fields) === JSON.stringify(other.fields);
}
