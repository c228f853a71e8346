// One journal record as bytes, taken apart for people: divergence reports and tools. The hot path never comes here; C++ owns
// the layout (schemas/journal.fbs, RecordHeader).

import type { ComparedEvent } from './describe.ts';

/** Bytes of RecordHeader. */
const HEADER_SIZE = 40;
const At = { Position: 8, Time: 16, Cause: 24, Kind: 32, Class: 33, Source: 34, BodySize: 36 } as const;

/** null: there is no record. */
export function parseRecord(record: Uint8Array): (ComparedEvent & { readonly kind: number }) | null {
  if (record.byteLength < HEADER_SIZE) return null;
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const bodySize = view.getUint32(At.BodySize, true);
  return {
    position: Number(view.getBigUint64(At.Position, true)),
    time: Number(view.getBigInt64(At.Time, true)),
    cause: Number(view.getBigUint64(At.Cause, true)),
    kind: view.getUint8(At.Kind),
    class: view.getUint8(At.Class),
    source: view.getUint16(At.Source, true),
    body: record.subarray(HEADER_SIZE, HEADER_SIZE + bodySize),
  };
}
