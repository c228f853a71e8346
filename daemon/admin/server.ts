// The admin interface: HTTP/JSON over a unix socket. Turns requests into questions and commands of the two ports, and
// their answers into JSON. Every command carries the peer's credentials and a reason. Everything a client can make it
// hold is bounded: connections, headers, bodies, waiting time. It decides nothing and knows nothing of the Core.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { CommandPort, CommandResult, StatePort } from '../event/operator-port.ts';
import { actorOf, type ReadPeerCredentials } from './actor.ts';
import { AdminError, badRequest, shown } from './admin-error.ts';
import { parseQuery, parseTextFields, readBody, requiredReason } from './request-body.ts';
import { type CommandRoute, matchRoute, type RouteMatch } from './routes.ts';
import { applyOwnership, claimSocketPath, type SocketOwnership } from './socket-file.ts';

export interface AdminLimits {
  readonly connectionsMax: number;
  readonly headerBytesMax: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly bodyBytesMax: number;
  readonly documentBytesMax: number;
  /** A command not answered by then gets 504; it may still take effect and is in the journal when it does. */
  readonly commandTimeoutMs: number;
}

const ADMIN_LIMITS: AdminLimits = {
  connectionsMax: 64,
  headerBytesMax: 8 * 1024,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  bodyBytesMax: 16 * 1024,
  documentBytesMax: 1024 * 1024,
  commandTimeoutMs: 120_000,
};

/** Answers GET /events: writes the head and the lines itself, or throws AdminError before the head. */
export interface EventStreams {
  open(query: ReadonlyMap<string, string>, response: ServerResponse): void;
  close(): Promise<void>;
}

interface AdminLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

interface AdminOptions {
  readonly socketPath: string;
  readonly ownership: SocketOwnership;
  readonly state: StatePort;
  readonly commands: CommandPort;
  readonly streams: EventStreams;
  readonly readPeerCredentials: ReadPeerCredentials;
  readonly log: AdminLog;
  readonly limits?: Partial<AdminLimits>;
}

export interface AdminServer {
  readonly socketPath: string;
  /** Stops listening, ends streams and connections, removes the socket. */
  close(): Promise<void>;
}

/** Listens, or throws saying who holds the path or what is wrong with it. */
export async function startAdminServer(options: AdminOptions): Promise<AdminServer> {
  const limits = { ...ADMIN_LIMITS, ...options.limits };
  const { socketPath, ownership } = options;
  await claimSocketPath(socketPath);
  const server = createServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
    keepAliveTimeout: 5_000,
  });
  server.maxConnections = limits.connectionsMax;
  server.on('request', (request, response) => void respond(options, limits, request, response));
  server.on('clientError', refuseGarbage);
  await listen(server, socketPath);
  try {
    applyOwnership(socketPath, ownership);
  } catch (error) {
    server.close();
    throw error;
  }
  return { socketPath, close: () => closeServer(server, options.streams) };
}

/** Binds with every permission withheld, so that nobody gets in before owner, group and mode are set. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const umask = process.umask(0o777);
    try {
      server.once('error', (error: NodeJS.ErrnoException) => {
        reject(
          new Error(
            `admin socket ${path}: cannot listen (${error.code ?? error.message}); check that its folder exists and ` +
              'is writable',
          ),
        );
      });
      server.listen({ path }, resolve);
    } finally {
      process.umask(umask);
    }
  });
}

async function closeServer(server: Server, streams: EventStreams): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await streams.close();
  server.closeAllConnections();
  await closed;
}

/** Not HTTP, headers too large, or too slow: one short answer if the socket still takes it, then the end. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  const body = `${JSON.stringify({
    error: {
      code: 'bad_request',
      what: 'the request could not be read',
      found: error.code ?? 'garbage',
      expected: 'HTTP/1.1',
      action: 'use tcxctl or curl --unix-socket',
    },
  })}\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

async function respond(
  options: AdminOptions,
  limits: AdminLimits,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => response.destroy());
  try {
    const { path, search } = splitTarget(request.url ?? '');
    const match = matchRoute(request.method ?? '', path);
    if ('stream' in match.route) {
      options.streams.open(parseQuery(search, match.route.query), response);
    } else if (match.route.method === 'GET') {
      const query = parseQuery(search, match.route.query);
      sendJson(response, 200, match.route.answer(options.state, { parameters: match.parameters, query }));
    } else {
      sendJson(response, 200, await runCommand(options, limits, request, match, search));
    }
  } catch (error) {
    sendError(options.log, request, response, error);
  }
}

/** Path and query of a request target. Nothing here ever touches a file, so `..` is just an unknown route. */
function splitTarget(target: string): { path: string; search: string } {
  if (!target.startsWith('/')) {
    throw badRequest(
      'bad_target',
      'the request target is not a path',
      shown(target),
      'a path such as /status',
      'correct it',
    );
  }
  const mark = target.indexOf('?');
  return mark === -1 ? { path: target, search: '' } : { path: target.slice(0, mark), search: target.slice(mark + 1) };
}

async function runCommand(
  options: AdminOptions,
  limits: AdminLimits,
  request: IncomingMessage,
  match: RouteMatch,
  search: string,
): Promise<CommandResult> {
  const route = match.route as CommandRoute;
  const query = parseQuery(search, ['reason']);
  const body = await readBody(request, route.fields === null ? limits.documentBytesMax : limits.bodyBytesMax);
  const fields = route.fields === null ? new Map<string, string>() : parseTextFields(body, ['reason', ...route.fields]);
  const reason = requiredReason(fields, query);
  const note = request.headers['x-actor'];
  const actor = actorOf(request.socket, Array.isArray(note) ? note.join(' ') : note, options.readPeerCredentials);
  const asked = route.request({ parameters: match.parameters, query, fields, body });
  options.log.info({ actor, reason, command: asked.command, path: request.url }, 'operator command received');
  const result = await answeredInTime(options.commands.execute(asked, { actor, reason }), limits.commandTimeoutMs);
  options.log.info({ actor, command: asked.command, ok: result.ok, position: result.position }, result.message);
  if (!result.ok) throw refusal(asked.command, result);
  return result;
}

function answeredInTime(result: Promise<CommandResult>, timeoutMs: number): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new AdminError(504, {
            code: 'no_result_yet',
            what: 'the command was taken but has no result yet',
            found: `nothing within ${timeoutMs} ms`,
            expected: 'a result',
            action: 'look at GET /status and GET /events before repeating it',
          }),
        ),
      timeoutMs,
    );
    result.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** How a command that names what is not there says so. */
const FOUND_AND_EXPECTED = /^found (.+), expected (.+)$/s;

function refusal(command: string, result: CommandResult): AdminError {
  const [, found = result.message, expected = 'a state and arguments that allow it'] = FOUND_AND_EXPECTED.exec(result.message) ?? [];
  const closed = result.closedGates.filter((gate) => !gate.open);
  return new AdminError(
    409,
    {
      code: closed.length > 0 ? 'gates_closed' : 'refused',
      what: `${command} was refused`,
      found:
        closed.length > 0 ? closed.map((gate) => `${gate.gate} closed (${gate.detail})`).join('; ') : found,
      expected: closed.length > 0 ? 'every gate open' : expected,
      action: closed.length > 0 ? 'open each named gate, then repeat the command' : 'see GET /status, or tcxctl status',
    },
    { message: result.message, closedGates: closed, position: result.position },
  );
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.end(body);
}

function sendError(log: AdminLog, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (!(error instanceof AdminError)) {
    log.error({ err: error, method: request.method, path: request.url }, 'admin request failed');
  }
  const { status, problem, detail } = error instanceof AdminError ? error : unexpected();
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (typeof detail['allow'] === 'string') response.setHeader('allow', detail['allow']);
  sendJson(response, status, { error: problem, ...detail });
}

function unexpected(): AdminError {
  return new AdminError(500, {
    code: 'internal',
    what: 'the daemon could not answer',
    found: 'an unexpected failure',
    expected: 'an answer',
    action: 'see the log; the daemon goes on',
  });
}
