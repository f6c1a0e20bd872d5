// Recordings that lie with an Asterisk of the user's own, perhaps on another machine: fetched by its ARI.
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { AppError } from '../../../errors.ts';
import type { AriAddress } from './ari-client.ts';

/** Until the file begins to come. */
const answerLimitMs = 10_000;

export interface StoredRecording {
  stream: Readable;
  bytes: number;
}

/** Undefined: there is no such recording (yet). Rejects with `voice.engine_down` when that Asterisk does not answer. */
export async function fetchRecording(ari: AriAddress, recording: string): Promise<StoredRecording | undefined> {
  const response = await answerOf(ari, `/recordings/stored/${encodeURIComponent(recording)}/file`);
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  const bytes = Number(response.headers.get('content-length') ?? NaN);
  if (!response.ok || response.body === null || Number.isNaN(bytes)) {
    await response.body?.cancel();
    throw new AppError('voice.command_failed', `Asterisk does not hand out the recording (${response.status}).`);
  }
  return { stream: Readable.fromWeb(response.body as ReadableStream), bytes };
}

async function answerOf({ url, user, password }: AriAddress, path: string): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), answerLimitMs);
  try {
    return await fetch(`${url}${path}`, { headers: { authorization }, signal: limit.signal });
  } catch (cause) {
    // fetch knows one error for every way not to be reached, and one for the limit.
    if (!(cause instanceof TypeError) && !limit.signal.aborted) throw cause;
    throw new AppError('voice.engine_down', 'The Asterisk that holds the recording does not answer.', { cause });
  } finally {
    clearTimeout(timer);
  }
}
