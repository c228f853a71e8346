// The OKX stand-in: public market data over WebSocket v5, instruments and time over HTTP. Order entry is not part of it. Unlike
// OKX it serves books-l2-tbt to a socket that has not logged in: recordings of it are what redundant sockets are tested with.

import type { Connection } from '../connection.ts';
import { echo, isText, type Json, type JsonRequest, objectIn, plain, readRequest, toJson } from '../json.ts';
import { OkxRecording } from '../recorded/okx.ts';
import { runHttp } from '../request-flow.ts';
import type { HttpCall, HttpReply } from '../server.ts';
import type { VenueProtocol, World } from '../world.ts';
import { OkxBooks } from './books.ts';

interface OkxState {
  /** `channel instrument`. */
  readonly channels: Set<string>;
  /** Of a recording. */
  readonly track: number;
}

const BOOKS = new Set(['books', 'books-l2-tbt']);

export class OkxStandIn implements VenueProtocol {
  readonly paths = { public: 'wss:/ws/v5/public', http: 'https:' };
  private readonly world: World;
  private readonly books: OkxBooks;
  private readonly recording: OkxRecording | null;
  private readonly states = new Map<Connection, OkxState>();
  private opened = 0;

  constructor(world: World) {
    this.world = world;
    this.books = new OkxBooks(world);
    this.recording = world.settings.recorded === null ? null : new OkxRecording(world);
  }

  kindOf(url: URL): string | null {
    return url.pathname === '/ws/v5/public' ? 'public' : null;
  }

  onOpen(connection: Connection): void {
    this.states.set(connection, { channels: new Set(), track: this.opened % (this.recording?.trackCount ?? 1) });
    this.opened += 1;
  }

  onClose(connection: Connection): void {
    this.states.delete(connection);
  }

  onText(connection: Connection, text: string): void {
    const request = readRequest(text);
    const operation = text === 'ping' ? 'ping' : plain(request?.op) ?? '';
    const { log, clock } = this.world;
    log.add({ at: clock.unixNs(), connection: connection.id, kind: connection.kind, method: operation, orders: [], text });
    const state = this.states.get(connection);
    if (state === undefined) return;
    if (operation === 'ping') connection.send('pong', 'pong');
    else if (operation !== 'subscribe' && operation !== 'unsubscribe') {
      connection.send('answer', errorMessage(connection, '60012', `Invalid request: ${text.slice(0, 200)}`));
    } else {
      const id = isText(request?.id) ? echo(request?.id) : undefined;
      for (const each of Array.isArray(request?.args) ? request.args : []) this.channel(connection, state, operation, objectIn(each), id);
    }
  }

  onHttp(call: HttpCall, reply: (reply: HttpReply) => void): void {
    const { world } = this;
    const method = `${call.method} ${call.url.pathname}`;
    world.log.add({ at: world.clock.unixNs(), connection: 0, kind: 'http', method, orders: [], text: call.url.search });
    runHttp(world, {
      method, begun: '{"code":',
      execute: () => ({ status: 200, body: this.fact(method, call.url.searchParams) }),
      refuse: (rule) => ({
        status: rule.status ?? 200,
        body: refused(String(rule.code ?? 50_013), rule.message ?? 'System is busy, please try again later.'),
      }),
    }, reply);
  }

  private fact(method: string, query: URLSearchParams): string {
    if (method === 'GET /api/v5/public/time') return result([{ ts: String(this.world.clock.unixMs()) }]);
    if (method !== 'GET /api/v5/public/instruments') return refused('50000', 'Not found');
    const found = instrumentsOf(this.world, query.get('instId'));
    return found.length === 0 ? refused('51001', "Instrument ID doesn't exist.") : result(found);
  }

  publish(): void {
    if (this.recording !== null) {
      this.play(this.recording);
      return;
    }
    for (const { channel, instrument, text } of [...this.books.trades(), ...this.books.publish()]) {
      const key = `${channel} ${instrument}`;
      for (const [connection, { channels }] of this.states) if (channels.has(key)) connection.send(channel, text);
    }
  }

  /** Every instrument changes state; maintenance is announced besides. */
  statusChanged(): void {
    for (const [connection, { channels }] of this.states) {
      if (channels.has('instruments SPOT')) connection.send('instruments', instrumentsMessage(this.world));
      if (this.world.status !== 'maintenance') continue;
      const msg = 'The connection will soon be closed for a service upgrade. Please reconnect.';
      connection.send('notice', toJson({ event: 'notice', code: '64008', msg, connId: connectionId(connection) }));
    }
  }

  tell(): void { return undefined; }
  heartbeat(): void { return undefined; }
  balanceMoved(): void { return undefined; }
  expireSessions(): void { return undefined; }
  advance(): void { return undefined; }
  close(): void { return undefined; }

  private channel(connection: Connection, state: OkxState, operation: string, arg: JsonRequest, id: Json | undefined): void {
    const channel = plain(arg.channel) ?? '';
    const instrument = plain(arg.instId) ?? '';
    const given: Json = channel === 'instruments' ? { channel, instType: plain(arg.instType) ?? '' } : { channel, instId: instrument };
    const key = channel === 'instruments' ? `instruments ${plain(arg.instType) ?? ''}` : `${channel} ${instrument}`;
    if (!this.serves(channel, instrument, plain(arg.instType))) {
      const msg = `Wrong URL or channel:${channel},instId:${instrument} doesn't exist. Please use the correct URL, channel and `
        + 'parameters referring to API document.';
      connection.send('answer', errorMessage(connection, '60018', msg, id));
      return;
    }
    connection.send('answer', toJson({ id, event: operation, arg: given, connId: connectionId(connection) }));
    if (operation === 'unsubscribe') {
      state.channels.delete(key);
      return;
    }
    // A second subscription is confirmed and brings no snapshot.
    if (state.channels.has(key)) return;
    state.channels.add(key);
    const first = channel === 'instruments' ? instrumentsMessage(this.world) : !BOOKS.has(channel) ? null
      : this.recording === null ? this.books.snapshot(channel, instrument) : this.recording.snapshot(state.track, channel, instrument);
    if (first !== null) connection.send(channel, first);
  }

  private serves(channel: string, instrument: string, type: string | undefined): boolean {
    if (channel === 'instruments') return type === 'SPOT';
    if (this.recording !== null) return this.recording.has(channel, instrument);
    return (BOOKS.has(channel) || channel === 'trades') && this.world.engine.markets.has(instrument);
  }

  /** At the end of the recording every subscriber is disconnected: what follows does not continue the books it has. */
  private play(recording: OkxRecording): void {
    const tracks = recording.advance();
    if (tracks === null) {
      for (const connection of this.states.keys()) connection.end('close');
      return;
    }
    for (const [connection, { channels, track }] of this.states) {
      for (const { channel, instrument, text } of tracks[track]) {
        if (channels.has(`${channel} ${instrument}`)) connection.send(channel, text);
      }
    }
  }
}

function instrumentsOf(world: World, instrument: string | null): Json[] {
  return world.settings.instruments.filter(({ symbol }) => instrument === null || symbol === instrument).map((each): Json => ({
    instType: 'SPOT', instId: each.symbol, uly: '', instFamily: '', baseCcy: each.base, quoteCcy: each.quote, settleCcy: '', ctVal: '',
    ctMult: '', ctValCcy: '', optType: '', stk: '', listTime: '1606468572000', expTime: '', lever: '10', tickSz: each.tickSize,
    lotSz: each.lotSize, minSz: each.minimumQuantity, ctType: '', state: world.status === 'online' ? 'live' : 'suspend',
    ruleType: 'normal', maxLmtSz: '9999999999', maxMktSz: '1000000',
  }));
}

function instrumentsMessage(world: World): string {
  return toJson({ arg: { channel: 'instruments', instType: 'SPOT' }, data: instrumentsOf(world, null) });
}

function errorMessage(connection: Connection, code: string, msg: string, id?: Json): string {
  return toJson({ id, event: 'error', code, msg, connId: connectionId(connection) });
}

function connectionId(connection: Connection): string {
  return `a4d3${connection.id.toString(16).padStart(4, '0')}`;
}

function result(data: readonly Json[]): string {
  return toJson({ code: '0', data, msg: '' });
}

function refused(code: string, msg: string): string {
  return toJson({ code, data: [], msg });
}
