// Asterisk's events as our facts. What an event asks for at once (calling the party of a leg that has been created,
// refusing a number that nobody has) is done here too.
import type { Instant } from '../../../domain/ids.ts';
import { q850 } from '../../../domain/q850.ts';
import type { Log } from '../../../platform/log.ts';
import type { VoiceFact } from '../engine.ts';
import type {
  AriEvent,
  ChannelHangupRequest,
  ChannelTransfer,
  Dial,
  LiveRecording,
  StasisStart,
} from './ari-types.gen.ts';
import type { Calls, Leg } from './calls.ts';
import type { Commands } from './commands.ts';
import type { Directory } from './directory.ts';
import type { Reachability } from './reachability.ts';
import { arrivalOf, instantOf, legOfChannel, q850Of, ringForMsOf } from './translate.ts';

export class Facts {
  readonly #calls: Calls;
  readonly #commands: Commands;
  readonly #reachability: Reachability;
  readonly #log: Log;
  readonly #directory: () => Directory;
  readonly #tell: (fact: VoiceFact) => void;
  readonly #failed: (error: unknown, what: string) => void;

  constructor(options: {
    calls: Calls;
    commands: Commands;
    reachability: Reachability;
    log: Log;
    directory: () => Directory;
    tell: (fact: VoiceFact) => void;
    failed: (error: unknown, what: string) => void;
  }) {
    this.#calls = options.calls;
    this.#commands = options.commands;
    this.#reachability = options.reachability;
    this.#log = options.log;
    this.#directory = options.directory;
    this.#tell = options.tell;
    this.#failed = options.failed;
  }

  heard(event: AriEvent): void {
    switch (event.type) {
      case 'StasisStart':
        return this.#entered(event);
      case 'PeerStatusChange':
        return this.#reachability.changed(event);
      case 'ChannelTransfer':
        return this.#transferAsked(event);
      case 'RecordingStarted':
        this.#calls.recordings.set(event.recording.name, instantOf(event.timestamp));
        return;
      case 'RecordingFinished':
      case 'RecordingFailed':
        return this.#recorded(event.recording, event);
      case 'PlaybackFinished':
        return this.#played(event.playback.target_uri, event.playback.id, event);
      case 'Dial':
        return this.#dialling(event);
      default:
        return this.#ofLeg(event);
    }
  }

  #ofLeg(event: AriEvent): void {
    const leg = 'channel' in event && event.channel ? this.#calls.onChannel(event.channel.id) : null;
    if (!leg) return;
    const at = instantOf(event.timestamp);
    switch (event.type) {
      case 'ChannelStateChange':
        if (event.channel.state === 'Ringing' && leg.placed && !leg.rang) {
          leg.rang = true;
          this.#tell({ type: 'ringing', at, leg: leg.id });
        }
        if (event.channel.state === 'Up' && !leg.answered) {
          leg.answered = true;
          leg.ringTone = false;
          leg.ringLimit?.cancel();
          this.#tell({ type: 'answered', at, leg: leg.id });
        }
        return;
      case 'ChannelDtmfReceived':
        return this.#tell({ type: 'digit', at, leg: leg.id, digit: event.digit, durationMs: event.duration_ms });
      case 'ChannelHold':
        return this.#tell({ type: 'held', at, leg: leg.id });
      case 'ChannelUnhold':
        return this.#tell({ type: 'unheld', at, leg: leg.id });
      case 'ChannelHangupRequest':
        leg.endedByParty = causeOf(event);
        return;
      // Of a channel that came in by the dialplan, Asterisk tells nothing after it has left Stasis.
      case 'StasisEnd':
        return leg.placed ? undefined : this.#ended(leg, leg.endedByParty, at);
      case 'ChannelDestroyed':
        // The request names the true cause; a channel that ends while it is being dialled may have lost it.
        return this.#ended(leg, leg.endedByParty ?? q850Of(event.cause), at);
      default:
        return;
    }
  }

  #entered({ args, channel, asterisk_id: asteriskId, timestamp }: StasisStart): void {
    const ringForMs = ringForMsOf(args);
    if (ringForMs !== null) return this.#created(this.#calls.onChannel(channel.id), channel.id, ringForMs);
    const arrived = arrivalOf(args, channel, this.#directory());
    if (!arrived) {
      this.#log.info({ channel: channel.id }, 'a call for a number that nobody has is refused');
      return this.#attempt(this.#commands.end(channel.id, q850.unallocated), 'refuse a call');
    }
    const id = legOfChannel(channel.id, asteriskId ?? '');
    // It may have been seen by the take-over already.
    if (!this.#calls.has(id)) this.#calls.add({ id, channel: channel.id, placed: false });
    this.#tell({ type: 'arrived', at: instantOf(timestamp), leg: id, ...arrived });
  }

  #created(leg: Leg | null, channel: string, ringForMs: number): void {
    // Nobody waits for it any more: the connection was lost between its creation and now.
    if (!leg) return this.#attempt(this.#commands.end(channel, q850.noAnswer), 'end a forgotten leg');
    // We have hung up already: it is about to end.
    if (leg.endedByUs !== null) return;
    this.#attempt(this.#commands.dial(leg, ringForMs), 'dial');
  }

  #dialling({ peer, dialstatus, timestamp }: Dial): void {
    const leg = this.#calls.onChannel(peer.id);
    if (!leg) return;
    if (dialstatus === 'PROGRESS' && !leg.earlyMedia) {
      leg.earlyMedia = true;
      this.#tell({ type: 'earlyMedia', at: instantOf(timestamp), leg: leg.id });
    }
    // The ring limit of a leg that we took over is Asterisk's.
    if (dialstatus === 'NOANSWER') leg.endedByUs ??= q850.noAnswer;
  }

  #transferAsked({
    refer_to: { destination_channel: other, requested_destination: to },
    ...event
  }: ChannelTransfer): void {
    const channelId = event.referred_by.source_channel.id;
    const leg = this.#calls.onChannel(channelId);
    // Asterisk says it once more when the channel that asked is ended.
    if (!leg || leg.endedByUs !== null || leg.endedByParty !== null) return;
    if (other || to.destination === undefined) {
      // Two calls of the phone to be joined (REFER with Replaces): the port has no fact for it.
      this.#log.info({ leg: leg.id }, 'a transfer between two calls of a phone is declined');
      return this.#attempt(this.#commands.answerTransfer(channelId, 'channel_declined'), 'decline a transfer');
    }
    leg.transferAsked = true;
    this.#tell({ type: 'transferAsked', at: instantOf(event.timestamp), leg: leg.id, to: to.destination });
  }

  #ended(leg: Leg, cause: number | null, at: Instant): void {
    for (const playback of leg.playbacks.values()) this.#tell({ type: 'played', at, leg: leg.id, playback });
    const empty = this.#calls.remove(leg);
    if (empty) this.#attempt(this.#commands.dissolve(empty), 'dissolve an empty bridge');
    const by = leg.endedByUs === null ? 'party' : 'us';
    this.#tell({ type: 'hungUp', at, leg: leg.id, q850: leg.endedByUs ?? cause, by });
  }

  #played(target: string, id: string, { timestamp }: AriEvent): void {
    const leg = this.#calls.onChannel(target.replace(/^channel:/, ''));
    const playback = leg?.playbacks.get(id);
    if (!leg || playback === undefined) return;
    leg.playbacks.delete(id);
    this.#tell({ type: 'played', at: instantOf(timestamp), leg: leg.id, playback });
    if ((leg.music || leg.held) && leg.playbacks.size === 0)
      this.#attempt(this.#commands.resumeMusic(leg), 'go on with the music');
  }

  #recorded({ name, duration }: LiveRecording, { timestamp }: AriEvent): void {
    const at = instantOf(timestamp);
    const since = this.#calls.recordings.get(name);
    this.#calls.recordings.delete(name);
    // Asterisk's own duration is in whole seconds.
    const lastedMs = since !== undefined ? at - since : duration !== undefined ? duration * 1_000 : null;
    this.#tell({ type: 'recorded', at, recording: name, durationMs: lastedMs });
  }

  /** The end of the leg, if that is why it fails, is told by an event of its own. */
  #attempt(request: Promise<void>, what: string): void {
    request.catch((error: unknown) => this.#failed(error, what));
  }
}

/** A soft hang-up (an operator's, a time limit) carries no Q.850 cause. */
function causeOf({ cause, soft }: ChannelHangupRequest): number | null {
  return soft || cause === undefined ? null : q850Of(cause);
}
