// The simulated telephone exchange: living legs, bridges, phones and trunks, and what happens to them. It outlives the
// engine that drives it, as a real Asterisk does: an engine connects to it, another may take over.
import type { ExtensionId, LegId, SpaceId, TrunkId } from '../../../domain/ids.ts';
import { q850 } from '../../../domain/q850.ts';
import { isSpaceSound } from '../../../domain/sounds.ts';
import { AppError } from '../../../errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type {
  Arrival,
  CallerId,
  Destination,
  HangUpBy,
  LiveLeg,
  SandboxCall,
  SoundSetup,
  VoiceCommand,
  VoiceFact,
  VoiceSetup,
} from '../engine.ts';
import { Bridges } from './bridges.ts';
import { heardBy, type Heard, type Leg } from './calls.ts';
import { Party, type PartyAct, pressing } from './party.ts';
import { type Network, Phone, Trunk } from './phones.ts';

export interface ExchangeOptions {
  clock: Clock;
  /** How late what a party does reaches the exchange; drawn once per act. Default: 0. */
  latencyMs?: () => number;
  /** Identities of legs that come in by scripted phones and trunks. Default: UUIDs that count up. */
  newLegId?: () => LegId;
  /** How long a sound of the engine's own plays; `tone:…` plays until stopped. Default: a digit 0.6 s, others 2 s. */
  soundMs?: (sound: string) => number;
  /** Where recordings are kept (silent WAV files of the right length); none: they are not. */
  recordingsFolder?: string;
}

/** The engine at the other end. */
export interface Connection {
  told(fact: VoiceFact): void;
  /** Another engine has taken over. */
  replaced(): void;
}

type Originate = Extract<VoiceCommand, { do: 'originate' }>;
const digitMs = 100;

export class Exchange implements Network {
  readonly #clock: Clock;
  readonly #latencyMs: () => number;
  readonly #newLegId: () => LegId;
  readonly #soundMs: (sound: string) => number;
  /** Of the spaces' sounds, by name. */
  #spaceSoundMs: ReadonlyMap<string, number> = new Map();
  readonly #legs = new Map<LegId, Leg>();
  readonly #bridges: Bridges;
  readonly #phones = new Map<ExtensionId, Phone>();
  readonly #trunks = new Map<TrunkId, Trunk>();
  #connection: Connection | null = null;

  constructor({ clock, latencyMs, newLegId, soundMs, recordingsFolder }: ExchangeOptions) {
    this.#clock = clock;
    this.#latencyMs = latencyMs ?? (() => 0);
    this.#newLegId = newLegId ?? countedLegIds();
    this.#soundMs = soundMs ?? ((sound) => (sound.startsWith('digits/') ? 600 : 2_000));
    this.#bridges = new Bridges({ clock, folder: recordingsFolder ?? null, tell: (fact) => this.#tell(fact) });
  }

  /** There is one connection; a new one replaces it. While there is none, facts are lost. */
  connect(connection: Connection): void {
    this.#connection?.replaced();
    this.#connection = connection;
    this.#tell({ type: 'up', at: this.#clock.now(), legs: this.legs() });
    for (const phone of this.#phones.values()) if (phone.isReachable) this.reachabilityChanged(phone);
  }

  disconnect(connection: Connection): void {
    if (this.#connection === connection) this.#connection = null;
  }

  /** Everything that lived is gone, and nobody is told. */
  die(): void {
    for (const leg of this.#legs.values()) {
      this.#silence(leg);
      leg.party.over({ q850: null, by: 'engine' });
    }
    this.#legs.clear();
    this.#bridges.forget();
  }

  provision(setup: VoiceSetup): void {
    keepOnly(this.#trunks, new Set(setup.trunks.map(({ id }) => id)));
    for (const trunk of setup.trunks) {
      const known = this.#trunks.get(trunk.id);
      if (known?.setup.type === trunk.type) known.setup = trunk;
      else this.#trunks.set(trunk.id, new Trunk(trunk, this));
    }
    keepOnly(this.#phones, new Set(setup.phones.map(({ extension }) => extension)));
    for (const setupOfPhone of setup.phones) {
      const known = this.#phones.get(setupOfPhone.extension);
      if (known?.setup.sandbox === setupOfPhone.sandbox) {
        known.setup = setupOfPhone;
        continue;
      }
      const phone = new Phone(setupOfPhone, this);
      this.#phones.set(phone.extension, phone);
      if (phone.isReachable !== (known?.isReachable ?? false)) this.reachabilityChanged(phone);
    }
  }

  provideSounds(sounds: readonly SoundSetup[]): void {
    this.#spaceSoundMs = new Map(sounds.map(({ name, durationMs }) => [name, durationMs]));
  }

  phone(extension: ExtensionId): Phone | undefined {
    return this.#phones.get(extension);
  }

  trunk(id: TrunkId): Trunk | undefined {
    return this.#trunks.get(id);
  }

  legs(): LiveLeg[] {
    return [...this.#legs.values()].map(({ id, answered, bridge }) => ({
      leg: id,
      answered,
      bridge: bridge?.name ?? null,
    }));
  }

  hears(leg: LegId): Heard {
    return heardBy(this.#leg(leg));
  }

  /** Empty: no such bridge. */
  membersOf(bridge: string): LegId[] {
    return this.#bridges.membersOf(bridge);
  }

  party(leg: LegId): Party {
    return this.#leg(leg).party;
  }

  /** Throws `voice.leg_gone` for a leg that does not live, `voice.command_failed` for what cannot be done with it. */
  carryOut(command: VoiceCommand): void {
    switch (command.do) {
      case 'originate':
        return this.#originate(command);
      case 'ring': {
        const leg = this.#ready(command.leg);
        leg.ringTone = true;
        return;
      }
      case 'answer':
        return this.#answer(this.#ready(command.leg));
      case 'bridge': {
        const legs = command.legs.map((id) => this.#ready(id));
        for (const leg of legs) this.#silence(leg);
        return this.#bridges.join(command.bridge, legs);
      }
      case 'unbridge':
        return this.#bridges.dissolve(command.bridge);
      case 'hold':
        this.#ready(command.leg).held = true;
        return;
      case 'unhold':
        this.#ready(command.leg).held = false;
        return;
      case 'startMusic': {
        const leg = this.#ready(command.leg);
        leg.music = true;
        leg.ringTone = false;
        return;
      }
      case 'stopMusic':
        this.#ready(command.leg).music = false;
        return;
      case 'play': {
        const leg = this.#ready(command.leg);
        leg.ringTone = false;
        leg.playbacks.push({ playback: command.playback, sound: command.sound, end: null });
        if (leg.playbacks.length === 1) this.#playFirst(leg);
        return;
      }
      case 'stopPlay':
        return this.#stopPlay(this.#ready(command.leg), command.playback);
      case 'sendDigits':
        return this.#ready(command.leg).party.hearsDigits(command.digits);
      case 'declineTransfer':
        return this.#ready(command.leg).party.hearsTransferDeclined();
      case 'record':
        return this.#bridges.record(command.bridge, command.recording);
      case 'stopRecord':
        return this.#bridges.stopRecord(command.recording);
      case 'hangUp':
        return this.#end(this.#leg(command.leg), command.cause, 'us');
    }
  }

  /** Throws `call.unknown_target` when `to` names no DID of a sandbox trunk. */
  ringIn(call: SandboxCall): void {
    if (this.#legs.has(call.leg)) throw inUse(call.leg);
    const dialled = call.to.kind === 'did' ? call.to.did : call.to.number;
    let via: Arrival = { kind: 'sandbox', dialled };
    if (call.to.kind === 'did') {
      const trunk = this.#trunks.get(call.to.trunk)?.setup;
      if (trunk?.type !== 'sandbox' || !trunk.dids.includes(dialled)) {
        throw new AppError('call.unknown_target', `Trunk ${call.to.trunk} is no sandbox trunk with that DID.`);
      }
      via = { kind: 'trunk', trunk: trunk.id, did: dialled, sandbox: true };
    }
    const party = this.#arrives({ leg: call.leg, space: call.space, via, from: call.from, dialled });
    party.onceAnswered(call.digits.flatMap(({ atMs, digits }) => pressing(digits, atMs)));
    if (call.hangUpAfterMs !== null)
      party.follow([{ atMs: call.hangUpAfterMs, act: { do: 'hangUp', q850: q850.normal } }]);
  }

  dials({ setup }: Phone, number: string): Party {
    const via: Arrival = { kind: 'phone', extension: setup.extension, dialled: number };
    const from = { number: setup.number, name: setup.displayName };
    return this.#arrives({ leg: this.#newLegId(), space: setup.space, via, from, dialled: number });
  }

  callsIn({ setup }: Trunk, { from, name, did }: { from: string; name: string | null; did: string }): Party {
    const via: Arrival = { kind: 'trunk', trunk: setup.id, did, sandbox: setup.type === 'sandbox' };
    return this.#arrives({
      leg: this.#newLegId(),
      space: setup.space,
      via,
      from: { number: from, name },
      dialled: did,
    });
  }

  reachabilityChanged({ setup, isReachable }: Phone): void {
    const { space, extension } = setup;
    this.#tell({ type: 'phoneReachable', at: this.#clock.now(), space, extension, reachable: isReachable });
  }

  #arrives(arrival: { leg: LegId; space: SpaceId; via: Arrival; from: CallerId; dialled: string }): Party {
    const { leg: id, space, via, from, dialled } = arrival;
    const leg = this.#newLeg({ id, callerId: from, dialled, placed: false });
    this.#tell({ type: 'arrived', at: this.#clock.now(), space, leg: id, via, from });
    // Nobody could take the call: Asterisk refuses it as well while its application is away.
    if (this.#connection === null) this.#end(leg, q850.noCircuit, 'engine');
    return leg.party;
  }

  #originate({ leg: id, to, callerId, ringForMs, autoAnswer }: Originate): void {
    if (this.#legs.has(id)) throw inUse(id);
    const target = this.#target(to);
    const leg = this.#newLeg({ id, callerId, dialled: target?.number ?? '', placed: true });
    if (!target) return this.#end(leg, q850.noRoute, 'engine');
    leg.ringLimit = this.#clock.after(ringForMs, () => this.#end(leg, q850.noAnswer, 'us'));
    target.call(leg.party, autoAnswer);
  }

  #target(to: Destination): { number: string; call: (party: Party, autoAnswer: boolean) => void } | null {
    if (to.kind === 'trunk') {
      const trunk = this.#trunks.get(to.trunk);
      return trunk ? { number: to.number, call: (party) => trunk.called(party) } : null;
    }
    const phone = this.#phones.get(to.extension);
    return phone
      ? { number: phone.setup.number, call: (party, autoAnswer) => phone.called(party, { autoAnswer }) }
      : null;
  }

  #newLeg({ id, callerId, dialled, placed }: { id: LegId; callerId: CallerId; dialled: string; placed: boolean }): Leg {
    const party = new Party({
      leg: id,
      callerId,
      dialled,
      called: placed,
      clock: this.#clock,
      latencyMs: this.#latencyMs,
      acts: (act) => this.#partyActs(leg, act),
    });
    const leg: Leg = {
      id,
      party,
      placed,
      answered: false,
      audible: false,
      ringTone: false,
      music: false,
      held: false,
      holding: false,
      playbacks: [],
      bridge: null,
      ringLimit: null,
    };
    this.#legs.set(id, leg);
    return leg;
  }

  #partyActs(leg: Leg, act: PartyAct): void {
    const at = this.#clock.now();
    switch (act.do) {
      case 'ring':
        return this.#tell({ type: 'ringing', at, leg: leg.id });
      case 'earlyMedia':
        leg.audible = true;
        return this.#tell({ type: 'earlyMedia', at, leg: leg.id });
      case 'answer':
        return this.#answer(leg);
      case 'press':
        return this.#tell({ type: 'digit', at, leg: leg.id, digit: act.digit, durationMs: digitMs });
      case 'hold':
      case 'unhold': {
        const holding = act.do === 'hold';
        if (leg.holding === holding) return;
        leg.holding = holding;
        return this.#tell({ type: holding ? 'held' : 'unheld', at, leg: leg.id });
      }
      case 'transfer':
        return this.#tell({ type: 'transferAsked', at, leg: leg.id, to: act.to });
      case 'hangUp':
        return this.#end(leg, act.q850, 'party');
    }
  }

  #answer(leg: Leg): void {
    if (leg.answered) return;
    leg.answered = true;
    leg.audible = true;
    leg.ringTone = false;
    leg.ringLimit?.cancel();
    this.#tell({ type: 'answered', at: this.#clock.now(), leg: leg.id });
    leg.party.connected();
  }

  #end(leg: Leg, cause: number, by: HangUpBy): void {
    this.#legs.delete(leg.id);
    this.#silence(leg);
    this.#bridges.leave(leg);
    leg.party.over({ q850: cause, by });
    this.#tell({ type: 'hungUp', at: this.#clock.now(), leg: leg.id, q850: cause, by });
  }

  #playFirst(leg: Leg): void {
    const first = leg.playbacks[0];
    if (!first || first.sound.startsWith('tone:')) return;
    first.end = this.#clock.after(this.#lengthMs(first.sound), () => this.#stopPlay(leg, first.playback));
  }

  #lengthMs(sound: string): number {
    return this.#spaceSoundMs.get(sound) ?? (isSpaceSound(sound) ? 0 : this.#soundMs(sound));
  }

  #stopPlay(leg: Leg, playback: string): void {
    const index = leg.playbacks.findIndex((candidate) => candidate.playback === playback);
    if (index < 0) return;
    leg.playbacks[index]!.end?.cancel();
    leg.playbacks.splice(index, 1);
    this.#tell({ type: 'played', at: this.#clock.now(), leg: leg.id, playback });
    if (index === 0) this.#playFirst(leg);
  }

  /** No tone, music or sound any more, and no ring limit: it talks, or it is gone. */
  #silence(leg: Leg): void {
    leg.ringTone = false;
    leg.music = false;
    leg.ringLimit?.cancel();
    for (const { playback, end } of leg.playbacks.splice(0)) {
      end?.cancel();
      this.#tell({ type: 'played', at: this.#clock.now(), leg: leg.id, playback });
    }
  }

  #leg(id: LegId): Leg {
    const leg = this.#legs.get(id);
    if (!leg) throw new AppError('voice.leg_gone', `Leg ${id} is gone.`);
    return leg;
  }

  /** A leg that we placed can only be hung up while it merely rings. */
  #ready(id: LegId): Leg {
    const leg = this.#leg(id);
    if (leg.placed && !leg.audible) throw new AppError('voice.command_failed', `Leg ${id} has not answered yet.`);
    return leg;
  }

  #tell(fact: VoiceFact): void {
    this.#connection?.told(fact);
  }
}

function inUse(leg: LegId): AppError {
  return new AppError('voice.command_failed', `Leg ${leg} exists already.`);
}

function countedLegIds(): () => LegId {
  let count = 0;
  return () => `00000000-0000-4000-8000-${(++count).toString(16).padStart(12, '0')}` as LegId;
}

function keepOnly<Id>(known: Map<Id, unknown>, wanted: ReadonlySet<Id>): void {
  for (const id of known.keys()) if (!wanted.has(id)) known.delete(id);
}
