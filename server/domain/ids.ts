// Identities. To the compiler each kind is a type of its own; on the wire they are plain numbers and strings.

export type SpaceId = number & { readonly kind: 'SpaceId' };
export type UserId = number & { readonly kind: 'UserId' };
export type GroupId = number & { readonly kind: 'GroupId' };
export type TrunkId = number & { readonly kind: 'TrunkId' };
export type ExtensionId = number & { readonly kind: 'ExtensionId' };
export type QueueId = number & { readonly kind: 'QueueId' };
/** 24 lower-case hex digits. */
export type CallId = string & { readonly kind: 'CallId' };
/** A contact that a voice campaign calls: 24 lower-case hex digits. */
export type RequestId = string & { readonly kind: 'RequestId' };
/** One attempt to reach a contact by a message or a broadcast's call, the reports' `call_id`: 24 lower-case hex digits. */
export type AttemptId = string & { readonly kind: 'AttemptId' };
/** Whom a broadcast or a single send is for: 24 lower-case hex digits. */
export type ContactId = string & { readonly kind: 'ContactId' };
/** 24 lower-case hex digits. */
export type BroadcastId = string & { readonly kind: 'BroadcastId' };
/** A carrier of messages, administered as `/channels`. */
export type ChannelId = number & { readonly kind: 'ChannelId' };
/** A UUID; the REST's `dialog_uuid`. A leg is one party's side of a call. */
export type LegId = string & { readonly kind: 'LegId' };
/** Epoch milliseconds. */
export type Instant = number & { readonly kind: 'Instant' };

export const asId = <T extends number>(value: number): T => value as T;
export const asKey = <T extends string>(value: string): T => value as T;
export const instant = (epochMs: number): Instant => epochMs as Instant;
export const after = (at: Instant, ms: number): Instant => (at + ms) as Instant;
