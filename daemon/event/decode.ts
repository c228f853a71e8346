// Any Event buffer as a plain object: tools, goldens, divergence reports and the gateway's inbound commands. The Core
// reads Events through EventView instead. Every byte is checked first, so the input may come from anywhere.

import type { EventValue } from './event-fields.ts';
import { eventSchema } from './generated/schema-tables.ts';
import { readUnionRoot, type Decoded } from './schema.ts';

export const EVENT_IDENTIFIER = 'TCXE';

/** 64-bit fields come back as bigint, levels as objects, an absent string as ''. */
export function decodeEvent(bytes: Uint8Array): Decoded<EventValue> {
  const read = readUnionRoot(eventSchema, EVENT_IDENTIFIER, bytes);
  if (!read.ok) return read;
  const { type, name, fields } = read.value;
  // The reader follows schemas/event.fbs, event-fields.ts restates it as types, decode.test.ts holds the two together.
  return { ok: true, value: { kind: type, name, fields } as unknown as EventValue };
}
