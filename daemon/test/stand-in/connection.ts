// One WebSocket of a client, and everything that can go wrong with it on purpose. Knows frames and texts, no protocol.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { FaultPlan, FaultRule } from './faults.ts';

export type Ending = 'close' | 'abort' | 'midFrame';

const GOING_AWAY = 1001;
const MID_FRAME_SAMPLE = '{"channel":"heartbeat","padding":"never completed"}';

export class Connection {
  readonly id: number;
  readonly kind: string;
  /** Path and query it was opened with. */
  readonly url: URL;
  /** Half-open: nothing is heard or said any more, and the socket stays. */
  isSilent = false;
  isOpen = true;
  /** Unix ms. */
  readonly openedAt: number;
  sentCount = 0;
  private readonly socket: WebSocket;
  private readonly stream: Duplex;
  private readonly plan: FaultPlan;
  private readonly previous = new Map<string, string>();
  private held: string[] = [];

  constructor(id: number, kind: string, url: URL, socket: WebSocket, stream: Duplex, plan: FaultPlan) {
    this.id = id;
    this.kind = kind;
    this.url = url;
    this.socket = socket;
    this.stream = stream;
    this.plan = plan;
    this.openedAt = Date.now();
    socket.on('ping', (data) => {
      if (this.isOpen && !this.isSilent) socket.pong(data);
    });
  }

  /** `channel`: what fault rules know the message by. False: it will never be seen. */
  send(channel: string, text: string): boolean {
    if (!this.isOpen || this.isSilent) return false;
    const rules = this.plan.atMessage(this.kind, channel);
    const before = this.previous.get(channel);
    this.previous.set(channel, text);
    if (rules.length === 0) this.write(text);
    else this.sendFaulty(text, before, rules);
    return !rules.some(({ fault }) => fault === 'drop' || fault === 'stale' || fault === 'truncate' || fault === 'midFrame');
  }

  /** As it stands, past every fault; bytes as a text frame unless `isBinary`, whatever they are. */
  sendRaw(content: string | Uint8Array, isBinary = false): void {
    if (this.isOpen && !this.isSilent) this.write(content, isBinary);
  }

  /** Bytes where the next frame's header should begin. */
  sendUnframed(bytes: Uint8Array): void {
    if (this.isOpen) this.stream.write(bytes);
  }

  /** The last message of a channel; undefined: none was sent. */
  lastOf(channel: string): string | undefined {
    return this.previous.get(channel);
  }

  /** No later call sends anything. */
  end(how: Ending, code = GOING_AWAY, reason = ''): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (how === 'close') this.socket.close(code, reason);
    else if (how === 'abort') this.stream.destroy();
    else this.breakMidFrame(MID_FRAME_SAMPLE);
  }

  ping(): void {
    if (this.isOpen && !this.isSilent) this.socket.ping();
  }

  private sendFaulty(text: string, before: string | undefined, rules: readonly FaultRule[]): void {
    let texts = [text];
    for (const rule of rules) {
      switch (rule.fault) {
        case 'drop': texts = []; break;
        case 'duplicate': texts = [...texts, ...texts]; break;
        case 'stale': texts = before === undefined ? texts : [before]; break;
        case 'badChecksum': texts = texts.map(spoilChecksum); break;
        case 'unknownField': texts = texts.map(addField); break;
        case 'truncate': texts = texts.map((whole) => whole.slice(0, whole.length >> 1)); break;
        case 'reorder': this.held.push(...texts); return;
        case 'delay': this.writeLater(texts, rule.milliseconds ?? 0); return;
        case 'midFrame': this.isOpen = false; this.breakMidFrame(text); return;
        default: break;
      }
    }
    for (const each of texts) this.write(each);
  }

  private writeLater(texts: readonly string[], milliseconds: number): void {
    const timer = setTimeout(() => { for (const text of texts) this.sendRaw(text); }, milliseconds);
    timer.unref();
  }

  private write(content: string | Uint8Array, isBinary = false): void {
    this.sentCount += 1;
    this.socket.send(content, { binary: isBinary });
    if (this.held.length === 0) return;
    const { held } = this;
    this.held = [];
    for (const each of held) this.socket.send(each);
  }

  /** The header promises the whole text; half of it follows, then nothing ever. */
  private breakMidFrame(text: string): void {
    const payload = Buffer.from(text);
    const size = Math.max(payload.length, 126);
    const header = Buffer.from([0x81, 126, size >> 8, size & 0xff]);
    this.stream.write(Buffer.concat([header, payload.subarray(0, payload.length >> 1)]), () => { this.stream.destroy(); });
  }
}

function spoilChecksum(text: string): string {
  return text.replace(/"checksum":\s*(-?\d+)/, (_, sum: string) => `"checksum":${(BigInt(sum) ^ 1n).toString()}`);
}

function addField(text: string): string {
  return text.replace('{', '{"stand_in_unknown":{"a":[1,2.5e3,"x"],"b":null},');
}
