// What a run of an IVR wants done. The call's rules carry it out for the leg that is served; `play` and `stopPlay` go
// to the voice engine as they are.
export type IvrCommand =
  /** Ends with the input `played`. `sound`: a name for the engine. `playback`: unique in the leg. */
  | { do: 'play'; playback: string; sound: string }
  | { do: 'stopPlay'; playback: string }
  /** Ends with the input `answered` of that request. No redirect, no second attempt. */
  | { do: 'ask'; request: string; method: 'GET' | 'POST'; url: string; body: string | null; timeoutMs: number }
  /** Nobody waits for it any more. */
  | { do: 'giveUpAsking'; request: string }
  /** By the caller id that was set last. All at once, past the targets' own settings and forwards; the first who answers is put through. Ends with the input
   *  `transferEnded`. Without `earlyMedia` the caller hears ringing, whatever the targets send. */
  | { do: 'ringAll'; numbers: readonly string[]; ringForMs: number; earlyMedia: boolean }
  /** Its time is over: whoever still rings falls silent. */
  | { do: 'giveUpRinging' }
  /** The run is over; the target's own rules decide. */
  | { do: 'transfer'; to: string }
  /** The run is over. null: what the queue would give him without an IVR. */
  | { do: 'queue'; queue: number; priority: number | null; vipRate: number | null }
  /** The run is over. */
  | { do: 'hangUp' };
