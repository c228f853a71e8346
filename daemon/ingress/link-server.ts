// The link's server on uWebSockets.js: listens, upgrades tcx-link.v1, keeps one session per socket and at most one live
// link per Venue. Refuses to listen beyond loopback without TLS. Never looks into a frame.

import uws from 'uWebSockets.js';
import type { TemplatedApp, us_listen_socket, WebSocket } from 'uWebSockets.js';
import { isLoopback } from '../base/loopback.ts';
import { Counter } from '../event/counters.ts';
import { Slot } from '../event/generated/view_generated.ts';
import { LINK_SUBPROTOCOL } from '../event/link-message.ts';
import type { LinkMessage } from '../event/link-message.ts';
import type { LinkEvents, LinkTallies } from '../event/link-port.ts';
import { HelloJudge } from './hello.ts';
import type { HelloConfig, HelloVerdict } from './hello.ts';
import { LINKS_PENDING_MAX, OVERSIZE_ANSWER_FACTOR } from './link-limits.ts';
import { LinkSession } from './link-session.ts';
import type { LinkContext } from './link-session.ts';
import type { Sequencer } from './sequencer.ts';

export interface LinkServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | null;
  readonly frameSizeMax: number;
  readonly frameRateMax: number;
  readonly backpressureMax: number;
  readonly heartbeatMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly hello: HelloConfig;
  readonly sequencer: Sequencer;
  readonly events: LinkEvents;
  readonly counters: Float64Array;
  /** The view a frame is decoded into. */
  readonly input: Float64Array;
  readonly monotonicNs: () => number;
  readonly unixNs: () => bigint;
}

/** The session lives on the socket object itself, which is one object from open to close: asking for user data would be a
 *  crossing into C++ per frame. */
type LinkedSocket = WebSocket<object> & { session?: LinkSession };

export class LinkServer {
  /** The port it listens on; 0 before `listen`. */
  port = 0;
  readonly tallies: LinkTallies;
  private readonly options: LinkServerOptions;
  private readonly app: TemplatedApp;
  private readonly context: LinkContext;
  private readonly judge: HelloJudge;
  private readonly liveByVenue: (LinkSession | null)[];
  private readonly sessions: Set<LinkSession>;
  private listenSocket: us_listen_socket | null = null;
  private heartbeat: NodeJS.Timeout | null = null;
  private ready = false;

  constructor(options: LinkServerOptions) {
    assertProtected(options);
    this.options = options;
    this.judge = new HelloJudge(options.hello);
    this.liveByVenue = options.hello.venues.map(() => null);
    this.tallies = noFrames(options.hello.venues.length, options.hello.instruments.length);
    this.sessions = new Set();
    this.context = this.createContext();
    this.app = options.tls === null
      ? uws.App()
      : uws.SSLApp({ cert_file_name: options.tls.certificateFile, key_file_name: options.tls.keyFile });
    this.route();
  }

  async listen(): Promise<void> {
    const { host, port } = this.options;
    this.listenSocket = await new Promise<us_listen_socket>((resolve, reject) => {
      this.app.listen(host, port, (socket) => {
        if (socket === false) {
          reject(new Error(
            `link: cannot listen on ${host}:${port}; another process holds it or the address is not this host's; ` +
            'change link.host or link.port, or stop the other process'));
        } else {
          resolve(socket);
        }
      });
    });
    this.port = uws.us_socket_local_port(this.listenSocket);
    this.heartbeat = setInterval(() => this.beat(), this.options.heartbeatMs);
  }

  /** Until then a Hello is answered with NotReady. */
  acceptLinks(accept: 'accept' | 'refuse'): void {
    this.ready = accept === 'accept';
  }

  close(reason: string): void {
    this.ready = false;
    if (this.heartbeat !== null) clearInterval(this.heartbeat);
    this.heartbeat = null;
    for (const session of [...this.sessions]) session.close(reason);
    if (this.listenSocket !== null) uws.us_listen_socket_close(this.listenSocket);
    this.listenSocket = null;
  }

  private createContext(): LinkContext {
    const { options } = this;
    return {
      sequencer: options.sequencer, events: options.events, counters: options.counters, input: options.input,
      tallies: this.tallies, instrumentCount: options.hello.instruments.length,
      frameSizeMax: options.frameSizeMax, frameRateMax: options.frameRateMax,
      heartbeatTimeoutNs: options.heartbeatTimeoutMs * 1e6,
      monotonicNs: options.monotonicNs, unixNs: options.unixNs,
      judge: (message, session) => this.judgeHello(message, session),
      release: (session) => this.release(session),
      instrumentOf: (input) => input[Slot.Instrument],
    };
  }

  private judgeHello(message: LinkMessage, session: LinkSession): HelloVerdict {
    const verdict = this.judge.judge(message, this.ready, (venue) => this.liveByVenue[venue] !== null);
    if (verdict.venue >= 0) this.liveByVenue[verdict.venue] = session;
    return verdict;
  }

  private release(session: LinkSession): void {
    this.sessions.delete(session);
    const venue = this.liveByVenue.indexOf(session);
    if (venue >= 0) this.liveByVenue[venue] = null;
    this.countLinks();
  }

  private countLinks(): void {
    this.options.counters[Counter.LinksUp] = this.liveByVenue.filter((session) => session !== null).length;
  }

  private beat(): void {
    for (const session of [...this.sessions]) session.beat();
    this.countLinks();
  }

  private pendingCount(): number {
    let pending = 0;
    for (const session of this.sessions) if (!session.isLive()) pending += 1;
    return pending;
  }

  private route(): void {
    this.app.ws<object>('/*', {
      compression: uws.DISABLED,
      maxPayloadLength: this.options.frameSizeMax * OVERSIZE_ANSWER_FACTOR,
      maxBackpressure: this.options.backpressureMax,
      // Heartbeats of the link itself decide about silence; the socket's own timeout would only be a second opinion.
      idleTimeout: 0,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => {
        const offered = request.getHeader('sec-websocket-protocol');
        const key = request.getHeader('sec-websocket-key');
        if (!offered.split(',').some((name) => name.trim() === LINK_SUBPROTOCOL)) {
          response.writeStatus('400 Bad Request').end(`expected the WebSocket subprotocol ${LINK_SUBPROTOCOL}\n`);
        } else if (this.pendingCount() >= LINKS_PENDING_MAX) {
          response.writeStatus('503 Service Unavailable').end('too many links without a Hello\n');
        } else {
          response.upgrade<object>({}, key, LINK_SUBPROTOCOL, '', context);
        }
      },
      open: (socket) => this.open(socket),
      message: (socket, frame, isBinary) => (socket as LinkedSocket).session!.receive(frame, isBinary),
      close: (socket, code, reason) => {
        (socket as LinkedSocket).session?.closed(code, Buffer.from(reason).toString('latin1'));
      },
    });
    this.app.any('/*', (response) => {
      response.writeStatus('426 Upgrade Required').end(`this is a tcx link: dial it as a WebSocket, ${LINK_SUBPROTOCOL}\n`);
    });
  }

  private open(socket: LinkedSocket): void {
    const session = new LinkSession(this.context, socket);
    socket.session = session;
    this.sessions.add(session);
  }
}

/** A token on a plain connection is only a secret on this host. */
function assertProtected(options: LinkServerOptions): void {
  if (options.tls !== null || isLoopback(options.host)) return;
  throw new Error(
    `link: ${options.host} is reachable from other hosts and link.tls is not set; ` +
    'set link.tls.certificateFile and link.tls.keyFile, or listen on 127.0.0.1');
}

function noFrames(venues: number, instruments: number): LinkTallies {
  return {
    received: new Float64Array(venues), refused: new Float64Array(venues), shed: new Float64Array(venues),
    shedByInstrument: new Float64Array(instruments),
  };
}
