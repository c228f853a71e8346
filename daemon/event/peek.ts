// The kind and the instrument of an Event buffer without decoding it. Only for buffers of our own encoder: nothing here
// checks an offset.

/** The `Kind` of a buffer that EventEncoder returned. */
export function peekKind(event: Uint8Array): number {
  const root = uint32(event, 0);
  return event[root + fieldOffset(event, root, 0)];
}

/** The body's first field, which is the instrument in every market kind. */
export function peekInstrument(event: Uint8Array): number {
  const root = uint32(event, 0);
  const reference = root + fieldOffset(event, root, 1);
  const body = reference + uint32(event, reference);
  return uint32(event, body + fieldOffset(event, body, 0));
}

/** Where in the table a field lies; every field is present, because the encoder forces defaults. */
function fieldOffset(bytes: Uint8Array, table: number, slot: number): number {
  const vtable = table - (uint32(bytes, table) | 0);
  const entry = vtable + 4 + slot * 2;
  return bytes[entry] | (bytes[entry + 1] << 8);
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
