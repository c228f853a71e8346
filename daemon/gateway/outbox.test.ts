// The overload rule: market data alone is shed, per instrument, the gap is told where it begins and how much it was,
// and a fresh snapshot follows; execution Events always leave in order.

import { beforeEach, describe, expect, test } from 'vitest';
import { describeBody } from '../event/describe.ts';
import { EventEncoder } from '../event/encode.ts';
import { encodeLinkMessage, frameType, MessageType } from '../event/link-message.ts';
import { Outbox, type OutboxSocket } from './outbox.ts';

const LIMITS = { shedBytes: 1000, drainedBytes: 200, fullBytes: 5000, heldFrames: 3, heldBytes: 10_000 };

/** A socket that writes only when told to. */
class SlowSocket implements OutboxSocket {
  readonly sent: string[] = [];
  bufferedAmount = 0;
  private waiting: { size: number; written: () => void }[] = [];

  send(frame: Uint8Array, written: () => void): void {
    this.sent.push(frameType(frame) === 'event' ? describeBody(frame) : 'message');
    this.bufferedAmount += frame.length;
    this.waiting.push({ size: frame.length, written });
  }

  flush(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const { size, written } of waiting) {
      this.bufferedAmount -= size;
      written();
    }
  }

  take(): string[] {
    return this.sent.splice(0).map((line) => line.split(' ').slice(0, 3).join(' '));
  }
}

const encoder = new EventEncoder();
let socket: SlowSocket;
let outbox: Outbox;
let told: string[];

beforeEach(() => {
  socket = new SlowSocket();
  told = [];
  outbox = new Outbox(LIMITS, {
    onDrained: (instrument) => {
      told.push(`drained ${instrument}`);
      outbox.event(snapshot(instrument));
    },
    onFull: (bytes) => told.push(`full ${bytes}`),
  });
});

function snapshot(instrument: number): Uint8Array {
  return encoder.bookSnapshot({ instrument, eventTime: 0, captureTime: 0, sequence: 0, bids: [1, 1], asks: [2, 1] });
}
function delta(instrument: number): Uint8Array {
  return encoder.bookDelta({
    instrument, eventTime: 0, captureTime: 0, previous: 0, sequence: 0, bids: [1, 1, 2, 2, 3, 3, 4, 4], asks: [],
  });
}
function fill(orderId: number): Uint8Array {
  return encoder.orderFilled({
    orderId, instrument: 0, side: 0, price: 1, quantity: 1, fee: 0, feeCurrency: 0, liquidity: 1, eventTime: 0,
    captureTime: 0, venueOrderId: 'V', executionId: 'E',
  });
}
function overload(instrument: number): void {
  while (socket.bufferedAmount <= LIMITS.shedBytes) outbox.event(delta(instrument));
  socket.take();
}

describe('overload', () => {
  test('market data is shed per instrument; the gap is told at its place; execution Events and messages go on', () => {
    outbox.open(socket, 2, 's');
    overload(0);
    outbox.event(delta(0));
    outbox.event(fill(1));
    outbox.event(delta(0));
    outbox.event(delta(7));
    outbox.message(encodeLinkMessage({ type: MessageType.Heartbeat, sentTime: 0n }));
    outbox.event(fill(2));
    expect(socket.take()).toEqual([
      'FeedStatusChanged venue=2 instrument=0', 'OrderFilled orderId=1 instrument=0',
      'FeedStatusChanged venue=2 instrument=7', 'message', 'OrderFilled orderId=2 instrument=0',
    ]);
    expect(outbox.statistics.shed).toBe(3);
  });

  test('when drained: how many were lost, then a fresh snapshot, then the feed as before', () => {
    outbox.open(socket, 2, 's');
    overload(0);
    for (let i = 0; i < 5; i += 1) outbox.event(delta(0));
    socket.sent.length = 0;
    socket.flush();
    expect(told).toEqual(['drained 0']);
    expect(socket.sent[0]).toBe('FeedStatusChanged venue=2 instrument=0 state=Invalid reason=Shed dropped=5');
    expect(socket.take().slice(1)).toEqual(['BookSnapshot instrument=0 eventTime=0']);
    outbox.event(delta(0));
    expect(socket.take()).toEqual(['BookDelta instrument=0 eventTime=0']);
  });

  test('below the mark but with a gap open, market data of that instrument still waits for its snapshot', () => {
    outbox.open(socket, 2, 's');
    overload(0);
    outbox.event(delta(0));
    socket.take();
    socket.bufferedAmount = 500;
    outbox.event(delta(0));
    outbox.event(delta(1));
    expect(socket.take()).toEqual(['BookDelta instrument=1 eventTime=0']);
  });

  test('a daemon that does not read at all is reported once too much waits', () => {
    outbox.open(socket, 2, 's');
    while (told.length === 0) outbox.event(fill(1));
    expect(told[0]).toMatch(/^full 5\d\d\d$/);
  });

  test('a feed that can wait is told when there is room, or the link is gone', async () => {
    await outbox.whenWritable();
    outbox.open(socket, 2, 's');
    overload(0);
    const writable = outbox.whenWritable();
    socket.flush();
    await writable;
    overload(0);
    const lost = outbox.whenWritable();
    outbox.close();
    await lost;
  });
});

describe('no link', () => {
  test('execution Events are held and leave first, in order; market data is not kept', () => {
    outbox.event(fill(1));
    outbox.event(delta(0));
    outbox.open(socket, 2, 's');
    outbox.close();
    socket.take();
    outbox.event(fill(2));
    outbox.event(delta(0));
    outbox.event(fill(3));
    outbox.open(socket, 2, 's');
    expect(socket.take()).toEqual(['OrderFilled orderId=2 instrument=0', 'OrderFilled orderId=3 instrument=0']);
  });

  test('another session of the daemon never hears what was held for the last one', () => {
    outbox.open(socket, 2, 's');
    outbox.close();
    outbox.event(fill(2));
    outbox.open(socket, 2, 'another');
    expect(socket.take()).toEqual([]);
    expect(outbox.statistics.forgotten).toBe(1);
  });

  test('more than can be held: all of it is left to reconciliation, not a part', () => {
    outbox.open(socket, 2, 's');
    outbox.close();
    for (let order = 1; order <= 6; order += 1) outbox.event(fill(order));
    outbox.open(socket, 2, 's');
    expect(socket.take()).toEqual([]);
    expect(outbox.statistics.forgotten).toBe(6);
    outbox.close();
    outbox.event(fill(7));
    outbox.open(socket, 2, 's');
    expect(socket.take()).toEqual(['OrderFilled orderId=7 instrument=0']);
  });
});
