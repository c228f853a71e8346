// What a window holds, counted record by record: frames per socket and direction, first and last Capture Time,
// reconnects, holes. The same count seals a window and verifies it. Judges nothing and repairs nothing.

import { Direction } from '../recorder.ts';
import { decodeHole, decodeOpened } from './record-bodies.ts';
import { RecordKind, type FileHeader, type RawRecord } from './raw-format.ts';
import type { Hole, ManifestFacts, Reconnect, SocketFacts } from './manifest.ts';

interface SocketCount {
  socket: number;
  name: string;
  copy: number;
  url: string;
  continued: boolean;
  reconnects: number;
  opened: bigint;
  closed: bigint;
  closeReason: string;
  count: [number, number];
  bytes: [number, number];
}

export class Summary {
  private readonly header: FileHeader;
  private readonly sockets = new Map<number, SocketCount>();
  /** By name and copy: the last socket that closed and has no successor yet. */
  private readonly lost = new Map<string, SocketCount>();
  private readonly reconnects: Reconnect[] = [];
  private readonly holes: Hole[] = [];
  private records = 0;
  private exchanges = 0;
  private first = 0n;
  private last = 0n;
  private sequence: number;
  private firstSequence = 0;
  private ended = false;

  constructor(header: FileHeader) {
    this.header = header;
    this.sequence = header.firstSequence - 1;
  }

  /** An End stood at the end: nothing follows that was lost. */
  get isEnded(): boolean {
    return this.ended;
  }

  add(record: RawRecord): void {
    this.records += 1;
    this.ended = record.kind === RecordKind.End;
    if (record.sequence > 0) this.count(record);
    switch (record.kind) {
      case RecordKind.Opened: this.opened(record); break;
      case RecordKind.Frame: this.frame(record); break;
      case RecordKind.Closed: this.closed(record); break;
      case RecordKind.Exchange: this.exchanges += 1; break;
      case RecordKind.Hole: this.hole(record); break;
      case RecordKind.End: break;
    }
  }

  /** A stretch without a record that no record tells of. */
  addHole(from: bigint, to: bigint, reason: string): void {
    this.holes.push({ from: String(from), to: String(to), count: null, bytes: null, reason });
  }

  /** Capture Time of the last record; the window's start before there is one. */
  get lastTime(): bigint {
    return this.last === 0n ? this.header.from : this.last;
  }

  facts(): ManifestFacts {
    const sockets = [...this.sockets.values()];
    const sum = (of: (socket: SocketCount) => number): number => sockets.reduce((total, socket) => total + of(socket), 0);
    return {
      records: this.records, exchanges: this.exchanges,
      frames: { in: sum(({ count }) => count[Direction.In]), out: sum(({ count }) => count[Direction.Out]) },
      bytes: { in: sum(({ bytes }) => bytes[Direction.In]), out: sum(({ bytes }) => bytes[Direction.Out]) },
      firstTime: String(this.first), lastTime: String(this.last),
      firstSequence: this.firstSequence, lastSequence: Math.max(0, this.sequence),
      sockets: sockets.map(factsOf), reconnects: this.reconnects, holes: this.holes,
    };
  }

  private count({ time, sequence, kind, body }: RawRecord): void {
    // 0: an imported recording that does not know.
    if (time > 0n && (this.first === 0n || time < this.first)) this.first = time;
    if (time > this.last) this.last = time;
    const first = kind === RecordKind.Hole ? decodeHole(body).firstSequence : sequence;
    if (this.firstSequence === 0) this.firstSequence = first;
    if (this.sequence >= 0 && first > this.sequence + 1) {
      const missing = first - this.sequence - 1;
      const reason = 'lost between the buffer and the file';
      this.holes.push({ from: String(this.lastTime), to: String(time), count: missing, bytes: null, reason });
    }
    this.sequence = sequence;
  }

  private opened({ time, socket, body }: RawRecord): void {
    const { name, copy, url, continued, reconnects } = decodeOpened(body);
    const count: SocketCount = {
      socket, name, copy, url, continued, reconnects, opened: time, closed: 0n, closeReason: '', count: [0, 0], bytes: [0, 0],
    };
    this.sockets.set(socket, count);
    const before = this.lost.get(`${name} ${copy}`);
    if (before === undefined) return;
    this.lost.delete(`${name} ${copy}`);
    this.reconnects.push({ name, copy, lost: String(before.closed), reason: before.closeReason, opened: String(time) });
  }

  private frame({ socket, direction, body }: RawRecord): void {
    const count = this.socketOf(socket);
    const way = direction === Direction.Out ? Direction.Out : Direction.In;
    count.count[way] += 1;
    count.bytes[way] += body.length;
  }

  private closed({ time, socket, body }: RawRecord): void {
    const count = this.socketOf(socket);
    count.closed = time;
    count.closeReason = Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8');
    this.lost.set(`${count.name} ${count.copy}`, count);
  }

  private hole({ body }: RawRecord): void {
    const { from, to, count, bytes, reason } = decodeHole(body);
    this.holes.push({ from: String(from), to: String(to), count, bytes, reason });
  }

  /** A socket whose opening was itself lost is counted under no name. */
  private socketOf(socket: number): SocketCount {
    let count = this.sockets.get(socket);
    if (count === undefined) {
      count = {
        socket, name: '', copy: 0, url: '', continued: false, reconnects: 0, opened: 0n, closed: 0n, closeReason: '',
        count: [0, 0], bytes: [0, 0],
      };
      this.sockets.set(socket, count);
    }
    return count;
  }
}

function factsOf(socket: SocketCount): SocketFacts {
  const { name, copy, url, continued, reconnects, count, bytes, closeReason } = socket;
  return {
    socket: socket.socket, name, copy, url, continued, reconnects, opened: String(socket.opened),
    closed: socket.closed === 0n ? null : String(socket.closed), closeReason,
    frames: { in: count[Direction.In], out: count[Direction.Out] }, bytes: { in: bytes[Direction.In], out: bytes[Direction.Out] },
  };
}
