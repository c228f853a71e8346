// What gateway and daemon say to each other besides Events (schemas/link.fbs, docs/link-protocol.md): encode, decode,
// and telling the two frame types apart. Both sides of a link are hostile until proven otherwise, so decoding never
// throws: a bad buffer is a value that says what is wrong.

import { Builder } from 'flatbuffers';
import { EVENT_IDENTIFIER } from './decode.ts';
import * as generated from './generated/link_generated.ts';
import { Message as MessageType } from './generated/link_generated.ts';
import { linkSchema } from './generated/schema-tables.ts';
import { identifierOf, readUnionRoot, type Decoded, type FieldValue, type UnionValue } from './schema.ts';

export { ErrorCode, Message as MessageType, RefusalCode } from './generated/link_generated.ts';

const LINK_IDENTIFIER = 'TCXL';
export const LINK_SUBPROTOCOL = 'tcx-link.v1';
export const LINK_PROTOCOL_VERSION = 1;
/** Largest frame in either direction: a snapshot of some hundred thousand levels. */
export const FRAME_SIZE_MAX = 4 * 1024 * 1024;
/** Longest text of a message, in UTF-16 units. */
export const MESSAGE_TEXT_MAX = 1024;
/** Most Orders one ReconcileRequest may name. */
export const RECONCILE_ORDERS_MAX = 65_536;
const INSTRUMENTS_MAX = 4096;
const CURRENCIES_MAX = 4096;

export interface Hello {
  readonly type: MessageType.Hello;
  readonly protocolVersion: number; readonly schemaHash: string; readonly venue: string;
  readonly gatewayBuild: string; readonly token: string;
}
export interface InstrumentEntry {
  readonly instrument: number; readonly symbol: string; readonly base: number; readonly quote: number;
  readonly priceScale: number; readonly quantityScale: number; readonly tickSize: number; readonly lotSize: number;
  readonly minimumQuantity: number; readonly bookDepth: number;
}
export interface CurrencyEntry { readonly currency: number; readonly symbol: string; readonly scale: number }
export interface Welcome {
  readonly type: MessageType.Welcome;
  readonly sessionId: string; readonly sessionOrdinal: number; readonly venue: number; readonly heartbeatMs: number;
  readonly instruments: readonly InstrumentEntry[]; readonly currencies: readonly CurrencyEntry[];
}
export interface Refusal {
  readonly type: MessageType.Refusal; readonly code: generated.RefusalCode; readonly message: string;
}
interface LinkError {
  readonly type: MessageType.LinkError; readonly code: generated.ErrorCode; readonly message: string;
}
/** `sentTime`: ns since the Unix epoch on the sender's clock. */
interface Heartbeat { readonly type: MessageType.Heartbeat; readonly sentTime: bigint }
interface StatusQuery {
  readonly type: MessageType.StatusQuery; readonly orderId: number; readonly venueOrderId: string;
}
interface MassCancel { readonly type: MessageType.MassCancel; readonly reason: string }
interface SnapshotRequest { readonly type: MessageType.SnapshotRequest; readonly instrument: number }
interface ReconcileRequest {
  readonly type: MessageType.ReconcileRequest; readonly id: number; readonly orderIds: readonly number[]; readonly since: bigint;
}
interface ReconcileEnd {
  readonly type: MessageType.ReconcileEnd; readonly id: number; readonly complete: boolean; readonly message: string;
}
export type LinkMessage =
  | Hello | Welcome | Refusal | LinkError | Heartbeat | StatusQuery | MassCancel | SnapshotRequest | ReconcileRequest
  | ReconcileEnd;

type FrameType = 'event' | 'message' | 'unknown';

/** What a frame claims to be; only its decoder says whether it is. */
export function frameType(bytes: Uint8Array): FrameType {
  const identifier = identifierOf(bytes);
  if (identifier === EVENT_IDENTIFIER) return 'event';
  return identifier === LINK_IDENTIFIER ? 'message' : 'unknown';
}

/** Bytes of their own. */
export function encodeLinkMessage(message: LinkMessage): Uint8Array<ArrayBuffer> {
  const b = new Builder(256);
  b.forceDefaults(true);
  const root = generated.LinkMessage.createLinkMessage(b, message.type, encodeBody(b, message));
  generated.LinkMessage.finishLinkMessageBuffer(b, root);
  return new Uint8Array(b.asUint8Array());
}

export function decodeLinkMessage(bytes: Uint8Array): Decoded<LinkMessage> {
  if (bytes.length > FRAME_SIZE_MAX) {
    return { ok: false, error: `found a frame of ${bytes.length} bytes, expected at most ${FRAME_SIZE_MAX}` };
  }
  const read = readUnionRoot(linkSchema, LINK_IDENTIFIER, bytes);
  if (!read.ok) return read;
  const { type, name, fields } = read.value;
  const message: Record<string, unknown> = { type };
  for (const [field, value] of Object.entries(fields)) {
    const limited = limit(`${name}.${field}`, value);
    if (!limited.ok) return limited;
    message[field] = limited.value;
  }
  return { ok: true, value: message as unknown as LinkMessage };
}

/** Sizes within the limits above, and 64-bit integers as safe numbers, but for Unix times in ns, which need all 64 bits. */
function limit(what: string, value: FieldValue | UnionValue): Decoded<unknown> {
  if (typeof value === 'string') {
    if (value.length <= MESSAGE_TEXT_MAX) return { ok: true, value };
    return { ok: false, error: `${what}: found ${value.length} characters, expected at most ${MESSAGE_TEXT_MAX}` };
  }
  if (typeof value === 'bigint') return UNIX_TIMES.has(what) ? { ok: true, value } : safe(what, value);
  if (Array.isArray(value)) return limitList(what, value);
  if (typeof value !== 'object') return { ok: true, value };
  const limited: Record<string, unknown> = {};
  for (const [field, inner] of Object.entries(value)) {
    const result = limit(`${what}.${field}`, inner as FieldValue);
    if (!result.ok) return result;
    limited[field] = result.value;
  }
  return { ok: true, value: limited };
}

const UNIX_TIMES: ReadonlySet<string> = new Set(['Heartbeat.sentTime', 'ReconcileRequest.since']);

const LIST_MAX: Readonly<Record<string, number>> = {
  'Welcome.instruments': INSTRUMENTS_MAX, 'Welcome.currencies': CURRENCIES_MAX,
  'ReconcileRequest.orderIds': RECONCILE_ORDERS_MAX,
};

function limitList(what: string, list: readonly FieldValue[]): Decoded<unknown> {
  const max = LIST_MAX[what] ?? 0;
  if (list.length > max) return { ok: false, error: `${what}: found ${list.length} entries, expected at most ${max}` };
  const limited: unknown[] = [];
  for (const element of list) {
    const result = limit(what, element);
    if (!result.ok) return result;
    limited.push(result.value);
  }
  return { ok: true, value: limited };
}

function safe(what: string, value: bigint): Decoded<number> {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return { ok: true, value: number };
  return { ok: false, error: `${what}: found ${value}, expected a safe integer` };
}

function encodeBody(b: Builder, message: LinkMessage): number {
  switch (message.type) {
    case MessageType.Hello: return encodeHello(b, message);
    case MessageType.Welcome: return encodeWelcome(b, message);
    case MessageType.Refusal: return generated.Refusal.createRefusal(b, message.code, text(b, message.message));
    case MessageType.LinkError: return generated.LinkError.createLinkError(b, message.code, text(b, message.message));
    case MessageType.Heartbeat: return generated.Heartbeat.createHeartbeat(b, message.sentTime);
    case MessageType.StatusQuery:
      return generated.StatusQuery.createStatusQuery(b, BigInt(message.orderId), b.createString(message.venueOrderId));
    case MessageType.MassCancel: return generated.MassCancel.createMassCancel(b, text(b, message.reason));
    case MessageType.SnapshotRequest: return generated.SnapshotRequest.createSnapshotRequest(b, message.instrument);
    case MessageType.ReconcileRequest: return encodeReconcileRequest(b, message);
    case MessageType.ReconcileEnd:
      return generated.ReconcileEnd.createReconcileEnd(b, message.id, message.complete, text(b, message.message));
  }
}

/** Explanations are cut to what the other side accepts; identifiers are never cut, they are refused there instead. */
function text(b: Builder, value: string): number {
  return b.createString(value.length <= MESSAGE_TEXT_MAX ? value : `${value.slice(0, MESSAGE_TEXT_MAX - 1)}…`);
}

function encodeHello(b: Builder, hello: Hello): number {
  const schemaHash = b.createString(hello.schemaHash);
  const venue = b.createString(hello.venue);
  const build = b.createString(hello.gatewayBuild);
  const token = b.createString(hello.token);
  return generated.Hello.createHello(b, hello.protocolVersion, schemaHash, venue, build, token);
}

function encodeWelcome(b: Builder, welcome: Welcome): number {
  const instruments = generated.Welcome.createInstrumentsVector(b, welcome.instruments.map((entry) => (
    generated.InstrumentEntry.createInstrumentEntry(
      b, entry.instrument, b.createString(entry.symbol), entry.base, entry.quote, entry.priceScale,
      entry.quantityScale, BigInt(entry.tickSize), BigInt(entry.lotSize), BigInt(entry.minimumQuantity),
      entry.bookDepth))));
  const currencies = generated.Welcome.createCurrenciesVector(b, welcome.currencies.map((entry) => (
    generated.CurrencyEntry.createCurrencyEntry(b, entry.currency, b.createString(entry.symbol), entry.scale))));
  const sessionId = b.createString(welcome.sessionId);
  return generated.Welcome.createWelcome(
    b, sessionId, welcome.sessionOrdinal, welcome.venue, welcome.heartbeatMs, instruments, currencies);
}

function encodeReconcileRequest(b: Builder, request: ReconcileRequest): number {
  const ids = generated.ReconcileRequest.createOrderIdsVector(b, request.orderIds.map(BigInt));
  return generated.ReconcileRequest.createReconcileRequest(b, request.id, ids, request.since);
}
