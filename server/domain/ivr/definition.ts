// An IVR as its author writes it. The fields are named as in REST, so that the path of an error, a step of the trace
// and an exported file all speak of the same document.

/** As text; authors write numbers too, and a customer's Jump names them by text anyway. */
export type ContextId = string | number;

/** `start`, `timeout`, `invalid`, or the digits that choose it. */
export type OptionKey = string;

export interface IvrDefinition {
  entry_context: ContextId;
  contexts: readonly IvrContext[];
}

export interface IvrContext {
  id: ContextId;
  name: string | null;
  /** How long the first digit is waited for. */
  timeout_ms: number;
  inter_digit_timeout_ms: number;
  /** null: until the digits can mean one option only, or no more come. */
  digit_len: number | null;
  options: readonly IvrOption[];
}

export interface IvrOption {
  key: OptionKey;
  actions: readonly IvrAction[];
}

/** `$name` in a value, name or number stands for a variable. */
export type IvrAction =
  /** A sound of the space: its `filename`, or its id. */
  | { type: 'play_sound'; sound: SoundRef }
  /** Says them: exactly one of the two is given. */
  | { type: 'play_digits'; digits?: string | undefined; variable?: string | undefined }
  | { type: 'record_digits'; variable: string; max_digits: number }
  | { type: 'set_variable'; name: string; value: string }
  | { type: 'set_caller_id'; name: string; number: string }
  | { type: 'jump'; context: ContextId; option: OptionKey }
  | { type: 'transfer'; to: string }
  | { type: 'simple_transfer'; numbers: readonly string[]; timeout_s: number | null; final: boolean }
  | { type: 'transfer_from_variable'; variable: string }
  | { type: 'queue'; queue_id: number; priority: number | string | null; vip_rate: number | string | null }
  | { type: 'pause'; length_s: number }
  | {
      type: 'call_interactive';
      url: string;
      method: 'GET' | 'POST';
      timeout_s: number;
      filler_sound: SoundRef | null;
    }
  | { type: 'hangup' };

export type SoundRef = string | number;

export function contextOf(ivr: IvrDefinition, id: ContextId): IvrContext | undefined {
  return ivr.contexts.find((context) => String(context.id) === String(id));
}

export function optionOf(context: IvrContext | undefined, key: OptionKey): IvrOption | undefined {
  return context?.options.find((option) => option.key === key);
}
