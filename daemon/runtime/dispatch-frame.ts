// Reads an IntentDispatched buffer in place: the few fields transmission needs. The kind has a fixed size and layout
// (defaults are forced), so the places are found once, in the first frame. Never writes.

import { assert } from '../base/assert.ts';
import { Kind } from '../event/kinds.ts';

/** Places of fields in the vtable of IntentDispatched: schemas/event.fbs, in order. */
const Field = { OrderId: 0, Venue: 3, Action: 4 } as const;

export class DispatchFrame {
  private orderIdAt = 0;
  private venueAt = 0;
  private actionAt = 0;
  private found = false;

  /** To be called before the first reads. */
  find(frame: Uint8Array): void {
    if (this.found) return;
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const event = view.getUint32(0, true);
    const kindAt = fieldAt(view, event, 0);
    const bodyAt = fieldAt(view, event, 1);
    assert(view.getUint8(kindAt) === Kind.IntentDispatched, 'Invariant: only IntentDispatched is transmitted');
    const body = bodyAt + view.getUint32(bodyAt, true);
    this.orderIdAt = fieldAt(view, body, Field.OrderId);
    this.venueAt = fieldAt(view, body, Field.Venue);
    this.actionAt = fieldAt(view, body, Field.Action);
    this.found = true;
  }

  orderId(frame: Uint8Array): number {
    return word(frame, this.orderIdAt) + word(frame, this.orderIdAt + 4) * 4_294_967_296;
  }

  venue(frame: Uint8Array): number {
    return word(frame, this.venueAt);
  }

  action(frame: Uint8Array): number {
    return frame[this.actionAt];
  }
}

function word(frame: Uint8Array, at: number): number {
  return (frame[at] | (frame[at + 1] << 8) | (frame[at + 2] << 16) | (frame[at + 3] << 24)) >>> 0;
}

function fieldAt(view: DataView, table: number, field: number): number {
  const vtable = table - view.getInt32(table, true);
  const offset = view.getUint16(vtable + 4 + 2 * field, true);
  assert(offset !== 0, 'Invariant: every field of an IntentDispatched is present');
  return table + offset;
}
