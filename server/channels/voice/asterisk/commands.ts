// Our commands as ARI requests. Those of one command leave at once, one behind the other: Asterisk carries them out in
// order, so that waiting for each answer would only cost round trips.
import { randomUUID } from 'node:crypto';
import { q850 } from '../../../domain/q850.ts';
import { AppError, isAppError } from '../../../errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { VoiceCommand, VoiceFact } from '../engine.ts';
import { type AriClient, AriRefusal } from './ari-client.ts';
import { type Bridge, type Calls, type Leg } from './calls.ts';
import { stasisApp, variables } from './dialplan.ts';
import type { Directory } from './directory.ts';
import type { SoundFiles } from './sound-files.ts';
import { bridgeLabelOf, dialTarget, inOneLine, mediaOf, placedArgs } from './translate.ts';

type Originate = Extract<VoiceCommand, { do: 'originate' }>;

export class Commands {
  readonly #ari: AriClient;
  readonly #calls: Calls;
  readonly #clock: Clock;
  readonly #directory: () => Directory;
  readonly #sounds: SoundFiles;
  readonly #tell: (fact: VoiceFact) => void;
  readonly #failed: (error: unknown, what: string) => void;

  /** `failed`: hears of what went wrong in what nobody awaits, such as the ring limit. */
  constructor(options: {
    ari: AriClient;
    calls: Calls;
    clock: Clock;
    directory: () => Directory;
    sounds: SoundFiles;
    tell: (fact: VoiceFact) => void;
    failed: (error: unknown, what: string) => void;
  }) {
    this.#ari = options.ari;
    this.#calls = options.calls;
    this.#clock = options.clock;
    this.#directory = options.directory;
    this.#sounds = options.sounds;
    this.#tell = options.tell;
    this.#failed = options.failed;
  }

  /** Rejects with `voice.leg_gone`, `voice.engine_down` or, with Asterisk's words as the cause, `voice.command_failed`. */
  async carryOut(command: VoiceCommand): Promise<void> {
    try {
      await this.#requests(command);
    } catch (error) {
      throw error instanceof AriRefusal ? this.#refusal(error, command) : error;
    }
  }

  /** The leg that we created is in our hands now: Asterisk may call the party. */
  async dial(leg: Leg, ringForMs: number): Promise<void> {
    // Asterisk's own limit is for the case that we are not there any more when ours is due.
    const timeout = Math.ceil(ringForMs / 1_000) + 1;
    await this.#ari.request('POST /channels/{channelId}/dial', {
      path: { channelId: leg.channel },
      query: { timeout },
    });
  }

  /** Refuses or ends a channel, known as a leg or not. */
  async end(channelId: string, cause: number): Promise<void> {
    // Asterisk has no status for a temporary failure and would decline for good (603); with 34 it says 503.
    const query = { reason_code: String(cause === q850.temporaryFailure ? q850.noCircuit : cause) };
    await this.#ari.request('DELETE /channels/{channelId}', { path: { channelId }, query });
  }

  /** What the phone is told that asked for a transfer. */
  async answerTransfer(channelId: string, states: 'channel_answered' | 'channel_declined'): Promise<void> {
    await this.#ari.request('POST /channels/{channelId}/transfer_progress', { path: { channelId }, query: { states } });
  }

  /** A sound has ended Asterisk's music for good; to us it only went over it. */
  async resumeMusic(leg: Leg): Promise<void> {
    await this.#music(leg);
  }

  /** A bridge that its last leg has left. */
  async dissolve({ id }: Pick<Bridge, 'id'>): Promise<void> {
    await this.#ari.request('DELETE /bridges/{bridgeId}', { path: { bridgeId: id } });
  }

  async #requests(command: VoiceCommand): Promise<unknown> {
    const calls = this.#calls;
    switch (command.do) {
      case 'originate':
        return this.#originate(command);
      case 'ring': {
        const leg = calls.readyLeg(command.leg);
        leg.ringTone = true;
        return this.#ari.request('POST /channels/{channelId}/ring', { path: { channelId: leg.channel } });
      }
      case 'answer': {
        const leg = calls.readyLeg(command.leg);
        return this.#ari.request('POST /channels/{channelId}/answer', { path: { channelId: leg.channel } });
      }
      case 'bridge':
        return this.#bridge(
          command.bridge,
          command.legs.map((id) => calls.readyLeg(id)),
        );
      case 'unbridge':
        return this.#unbridge(command.bridge);
      case 'hold':
        return this.#hold(calls.readyLeg(command.leg));
      case 'unhold':
        return this.#unhold(calls.readyLeg(command.leg));
      case 'startMusic': {
        const leg = calls.readyLeg(command.leg);
        leg.music = true;
        return Promise.all([...this.#endRingTone(leg), this.#music(leg)]);
      }
      case 'stopMusic': {
        const leg = calls.readyLeg(command.leg);
        return Promise.all(this.#endMusic(leg));
      }
      case 'play': {
        const leg = calls.readyLeg(command.leg);
        return Promise.all([...this.#endRingTone(leg), this.#play(leg, command.playback, command.sound)]);
      }
      case 'stopPlay':
        return this.#stopPlay(calls.readyLeg(command.leg), command.playback);
      case 'sendDigits': {
        const leg = calls.readyLeg(command.leg);
        return this.#ari.request('POST /channels/{channelId}/dtmf', {
          path: { channelId: leg.channel },
          query: { dtmf: command.digits },
        });
      }
      case 'declineTransfer': {
        const leg = calls.readyLeg(command.leg);
        leg.transferAsked = false;
        return this.answerTransfer(leg.channel, 'channel_declined');
      }
      case 'record':
        return this.#record(command.bridge, command.recording);
      case 'stopRecord': {
        const path = { recordingName: command.recording };
        return orGone(this.#ari.request('POST /recordings/live/{recordingName}/stop', { path }));
      }
      case 'hangUp': {
        const leg = calls.leg(command.leg);
        leg.endedByUs ??= command.cause;
        if (leg.transferAsked) this.#tellOfTransfer(leg);
        return this.end(leg.channel, command.cause);
      }
    }
  }

  async #originate({ leg: id, to, callerId, ringForMs, autoAnswer }: Originate): Promise<void> {
    if (this.#calls.has(id)) throw new AppError('voice.command_failed', `Leg ${id} exists already.`);
    const target = dialTarget(to, this.#directory(), { autoAnswer });
    if (!target)
      return this.#tell({ type: 'hungUp', at: this.#clock.now(), leg: id, q850: q850.noRoute, by: 'engine' });
    const leg = this.#calls.add({ id, channel: id, placed: true });
    leg.ringLimit = this.#clock.after(ringForMs, () => this.#ringLimitReached(leg));
    try {
      await this.#ari.request('POST /channels/create', {
        query: {
          endpoint: target.endpoint,
          app: stasisApp,
          appArgs: placedArgs(ringForMs),
          channelId: id,
          formats: target.formats,
        },
        body: {
          variables: {
            // The channel's own caller id is that of the party; From is made of the line that it is connected to.
            'CONNECTEDLINE(num,i)': inOneLine(callerId.number),
            'CONNECTEDLINE(name,i)': inOneLine(callerId.name ?? ''),
            ...target.variables,
          },
        },
      });
    } catch (error) {
      this.#calls.remove(leg);
      // 500 Allocation failed: there is nothing that an INVITE could be sent to.
      if (!(error instanceof AriRefusal && error.status === 500)) throw error;
      this.#tell({ type: 'hungUp', at: this.#clock.now(), leg: id, q850: target.unreachable, by: 'party' });
    }
  }

  #tellOfTransfer(leg: Leg): void {
    const told = this.answerTransfer(leg.channel, 'channel_answered');
    told.catch((error: unknown) => this.#failed(error, 'tell a phone that its transfer went well'));
  }

  #ringLimitReached(leg: Leg): void {
    leg.endedByUs ??= q850.noAnswer;
    this.end(leg.channel, q850.noAnswer).catch((error: unknown) => this.#failed(error, 'end a leg at its ring limit'));
  }

  #bridge(name: string, legs: Leg[]): Promise<unknown> {
    const requests: Promise<unknown>[] = [];
    const known = this.#calls.bridge(name);
    const bridge = known ?? this.#calls.addBridge({ id: randomUUID(), name });
    const path = { bridgeId: bridge.id };
    // dtmf_events: without it Asterisk bridges two RTP channels natively, past the digits that we want to hear of.
    if (!known)
      requests.push(
        this.#ari.request('POST /bridges/{bridgeId}', {
          path,
          query: { type: 'mixing,dtmf_events', name: bridgeLabelOf(name) },
        }),
      );
    const wanted = new Set(legs);
    const leaving = [...bridge.legs].filter((leg) => !wanted.has(leg));
    const entering = legs.filter((leg) => leg.bridge !== bridge);
    for (const leg of legs) requests.push(...this.#quiet(leg));
    for (const leg of [...leaving, ...entering]) requests.push(...this.#takeOut(leg, bridge));
    for (const leg of entering) {
      this.#calls.join(leg, bridge);
      if (leg.held) requests.push(this.#noteHold(leg));
    }
    // One by one: a list in which one channel is gone is refused as a whole.
    for (const leg of entering) if (!leg.held) requests.push(this.#addChannel(leg, bridge));
    if (bridge.legs.size === 0) requests.push(this.#unbridge(name));
    return Promise.all(requests);
  }

  /** Out of the bridge that it is in. `exceptOf`: that one is kept, even without members. */
  #takeOut(leg: Leg, exceptOf: Bridge): Promise<unknown>[] {
    const from = leg.bridge;
    if (!from) return [];
    const requests: Promise<unknown>[] = leg.held ? [] : [this.#removeChannel(leg, from)];
    if (from === exceptOf) {
      from.legs.delete(leg);
      leg.bridge = null;
      if (leg.held) requests.push(this.#noteHold(leg));
      return requests;
    }
    return [...requests, ...this.#leave(leg)];
  }

  #leave(leg: Leg): Promise<unknown>[] {
    const empty = this.#calls.leave(leg);
    return empty ? [orGone(this.dissolve(empty))] : [];
  }

  async #addChannel(leg: Leg, bridge: Bridge): Promise<void> {
    const path = { bridgeId: bridge.id };
    try {
      await this.#ari.request('POST /bridges/{bridgeId}/addChannel', { path, query: { channel: leg.channel } });
    } catch (error) {
      // It is not in it, so that the next command may put it there.
      if (leg.bridge === bridge) await Promise.all(this.#leave(leg));
      throw error;
    }
  }

  #removeChannel(leg: Leg, { id }: Bridge): Promise<unknown> {
    return this.#ari.request('POST /bridges/{bridgeId}/removeChannel', {
      path: { bridgeId: id },
      query: { channel: leg.channel },
    });
  }

  /**
   * One by one: out of a bridge that is only dissolved Asterisk lets channels go a moment later, and what they are played
   * meanwhile is lost with it. One who is played something already is left to that: Asterisk would answer nobody until
   * the end of it, and a tone has none.
   */
  async #unbridge(name: string): Promise<unknown> {
    const bridge = this.#calls.bridge(name);
    if (!bridge) return undefined;
    const legs = [...bridge.legs];
    this.#calls.removeBridge(bridge);
    const out = legs.filter((leg) => !leg.held && leg.playbacks.size === 0);
    return Promise.all([
      ...out.map((leg) => orRefused(this.#removeChannel(leg, bridge))),
      orGone(this.dissolve(bridge)),
      ...legs.filter(({ held }) => held).map((leg) => this.#noteHold(leg)),
    ]);
  }

  #hold(leg: Leg): Promise<unknown> | undefined {
    if (leg.held) return undefined;
    leg.held = true;
    const requests: Promise<unknown>[] = leg.bridge ? [this.#removeChannel(leg, leg.bridge)] : [];
    return Promise.all([...requests, this.#music(leg), this.#noteHold(leg)]);
  }

  #unhold(leg: Leg): Promise<unknown> | undefined {
    if (!leg.held) return undefined;
    leg.held = false;
    const requests: Promise<unknown>[] = leg.music ? [] : [this.#stopMusic(leg)];
    if (leg.bridge) requests.push(this.#addChannel(leg, leg.bridge));
    return Promise.all([...requests, this.#noteHold(leg)]);
  }

  /** So that whoever takes over this call after us knows it. */
  #noteHold(leg: Leg): Promise<unknown> {
    return this.#ari.request('POST /channels/{channelId}/variable', {
      path: { channelId: leg.channel },
      query: { variable: variables.held, value: leg.held ? `in ${leg.bridge?.name ?? ''}` : '' },
    });
  }

  /** A leg that begins to talk hears nothing else. */
  #quiet(leg: Leg): Promise<unknown>[] {
    return [
      ...[...leg.playbacks.keys()].map((id) => this.#stopPlayback(id)),
      ...this.#endMusic(leg),
      ...this.#endRingTone(leg),
    ];
  }

  /** A name is taken again while what had it is still being stopped: two of one id Asterisk could not tell apart. */
  async #play(leg: Leg, playback: string, sound: string): Promise<void> {
    let playbackId = playback;
    for (let again = 2; leg.playbacks.has(playbackId); again++) playbackId = `${playback}~${again}`;
    const path = { channelId: leg.channel, playbackId };
    leg.playbacks.set(playbackId, playback);
    try {
      await this.#ari.request('POST /channels/{channelId}/play/{playbackId}', {
        path,
        query: { media: this.#sounds.mediaOf(sound) ?? mediaOf(sound) },
      });
    } catch (error) {
      leg.playbacks.delete(playbackId);
      throw error;
    }
  }

  #music(leg: Leg): Promise<unknown> {
    return this.#ari.request('POST /channels/{channelId}/moh', { path: { channelId: leg.channel } });
  }

  #stopMusic(leg: Leg): Promise<unknown> {
    return this.#ari.request('DELETE /channels/{channelId}/moh', { path: { channelId: leg.channel } });
  }

  #endMusic(leg: Leg): Promise<unknown>[] {
    if (!leg.music) return [];
    leg.music = false;
    return leg.held ? [] : [this.#stopMusic(leg)];
  }

  #endRingTone(leg: Leg): Promise<unknown>[] {
    if (!leg.ringTone) return [];
    leg.ringTone = false;
    return [this.#ari.request('DELETE /channels/{channelId}/ring', { path: { channelId: leg.channel } })];
  }

  /** One that we do not know of may have begun before we took over. */
  async #stopPlay(leg: Leg, playback: string): Promise<void> {
    const ids = [...leg.playbacks].flatMap(([id, name]) => (name === playback ? [id] : []));
    if (ids.length > 0) {
      await Promise.all(ids.map((id) => this.#stopPlayback(id)));
      return;
    }
    leg.playbacks.set(playback, playback);
    const wasThere = await this.#stopPlayback(playback);
    if (!wasThere) leg.playbacks.delete(playback);
  }

  /** false: it has ended already, or never was. */
  #stopPlayback(playbackId: string): Promise<boolean> {
    return orGone(this.#ari.request('DELETE /playbacks/{playbackId}', { path: { playbackId } }));
  }

  async #record(name: string, recording: string): Promise<void> {
    const bridge = this.#calls.bridge(name);
    if (!bridge) throw new AppError('voice.command_failed', `Bridge ${name} does not exist.`);
    await this.#ari.request('POST /bridges/{bridgeId}/record', {
      path: { bridgeId: bridge.id },
      query: { name: recording, format: 'wav', ifExists: 'fail' },
    });
  }

  #refusal(refusal: AriRefusal, command: VoiceCommand): AppError {
    const legs = 'legs' in command ? command.legs : 'leg' in command ? [command.leg] : [];
    // A channel that is going away refuses before its end is told to us: 404, 409 or, in a list of channels, 400.
    const gone = legs.some((leg) => !this.#calls.has(leg)) || refusal.status === 404 || refusal.status === 409;
    return gone && command.do !== 'originate' && legs.length > 0
      ? new AppError('voice.leg_gone', `A leg of this ${command.do} is gone.`, { cause: refusal })
      : new AppError('voice.command_failed', `Asterisk refused to ${command.do}.`, { cause: refusal });
  }
}

/** What stops something that has stopped already does nothing, and says so. */
async function orGone(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (!(error instanceof AriRefusal && error.status === 404)) throw error;
    return false;
  }
}

/** A channel that is going away is in no bridge any more: Asterisk refuses with a status that depends on how far it is. */
async function orRefused(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof AriRefusal)) throw error;
  }
}

/** Is this failure only that what we wanted to end has ended already, or that nobody is there any more? */
export function isOverAnyway(error: unknown): boolean {
  return (error instanceof AriRefusal && error.status === 404) || isAppError(error, 'voice.engine_down');
}
