// The routes of the admin interface, as data: method, path, accepted query and body keys, and what is asked of the two
// ports. Holds no state and reaches nothing but the ports; the HTTP side is server.ts.

import type { OperatorRequest, StatePort } from '../event/operator-port.ts';
import { AdminError, badRequest, shown } from './admin-error.ts';
import { limitsOf } from './limits.ts';

interface RouteInput {
  readonly parameters: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, string>;
}
interface CommandInput extends RouteInput {
  readonly fields: ReadonlyMap<string, string>;
  /** The body as it came, for routes whose body is a document. */
  readonly body: string;
}

interface QueryRoute {
  readonly method: 'GET';
  readonly path: string;
  readonly query: readonly string[];
  readonly help: string;
  answer(state: StatePort, input: RouteInput): unknown;
}
export interface CommandRoute {
  readonly method: 'POST';
  readonly path: string;
  /** Body keys besides `reason`; null: the body is a document and the reason is in the query. */
  readonly fields: readonly string[] | null;
  readonly help: string;
  request(input: CommandInput): OperatorRequest;
}
/** Answered by event-stream.ts: the only answer that does not end. */
interface StreamRoute {
  readonly method: 'GET';
  readonly path: '/events';
  readonly query: readonly string[];
  readonly help: string;
  readonly stream: true;
}
type Route = QueryRoute | CommandRoute | StreamRoute;

const ORDERS_SHOWN_DEFAULT = 1_000;
const ORDERS_SHOWN_MAX = 100_000;
const DEPTH_DEFAULT = 10;
const DEPTH_MAX = 1_000;

const queries: readonly QueryRoute[] = [
  query('/', 'the routes of this interface', () => ({
    routes: ROUTES.map(({ method, path, help }) => ({ method, path, help })),
  })),
  query('/status', 'session, position, journal, gates, venues, strategies', (state) => state.status()),
  query('/version', 'build and schema', (state) => {
    const { version, commit, dirty, schemaHash } = state.status();
    return { version, commit, dirty, schemaHash, nodeVersion: process.version };
  }),
  query('/orders', 'live Orders; all=true adds the terminal ones still remembered', ordersAnswer, ['all', 'limit']),
  query('/orders/:id', 'one Order', orderAnswer),
  query('/positions', 'positions with realised and unrealised P&L', (state) => ({ positions: state.positions() })),
  query('/balances', 'balances by Venue and currency', (state) => ({ balances: state.balances() })),
  query('/book/:instrument', 'best levels of one book', bookAnswer, ['depth']),
  query('/feeds', 'validity and age of every feed', (state) => ({ feeds: state.feeds() })),
  query('/gates', 'what must be open before trading can be enabled', (state) => ({ gates: state.gates() })),
  query('/strategies', 'strategies, their code and whether they are enabled', (state) => ({
    strategies: state.status().strategies,
  })),
  query('/limits', 'the limits Risk applies, from the effective Configuration', (state) =>
    limitsOf(state.configuration()),
  ),
  query('/config', 'the effective Configuration and its hash', (state) => {
    const { configurationVersion, configurationHash } = state.status();
    return { version: configurationVersion, hash: configurationHash, configuration: JSON.parse(state.configuration()) };
  }),
];

const commands: readonly CommandRoute[] = [
  command('/enable', 'turn trading on; refused while a gate is closed', [], () => ({ command: 'enable' })),
  command('/pause', 'no new exposure until enabled', [], () => ({ command: 'pause' })),
  command('/disable', 'turn trading off', [], () => ({ command: 'disable' })),
  command('/kill', 'set the kill switch: nothing but cancels leaves', [], () => ({ command: 'kill' })),
  command('/unkill', 'clear the kill switch; trading stays off', [], () => ({ command: 'unkill' })),
  command('/cancel-all', 'cancel every live Order, or those of one Venue', ['venue'], ({ fields }) => {
    return { command: 'cancel-all', ...venueOf(fields) };
  }),
  command('/reconcile', 'compare State with what the Venue reports', ['venue'], ({ fields }) => {
    return { command: 'reconcile', ...venueOf(fields) };
  }),
  command('/drain', 'cancel all, end the session in order, exit', [], () => ({ command: 'drain' })),
  command('/order-dispose/:id', 'last resort: end an Order no Venue can account for', [], ({ parameters }) => {
    return { command: 'dispose', orderId: orderIdOf(parameters) };
  }),
  command('/order-query/:id', 'ask the Venue for the status of one Order', [], ({ parameters }) => {
    return { command: 'query', orderId: orderIdOf(parameters) };
  }),
  command('/strategy/:id/enable', 'let one strategy trade', [], ({ parameters }) => {
    return { command: 'enable', strategy: parameters.get('id') ?? '' };
  }),
  command('/strategy/:id/disable', 'switch one strategy off', [], ({ parameters }) => {
    return { command: 'pause', strategy: parameters.get('id') ?? '' };
  }),
  command('/config', 'apply a Configuration (YAML or JSON body, reason in the query)', null, ({ body }) => {
    if (body.trim() === '') {
      throw badRequest(
        'body_required',
        'no Configuration in the body',
        'an empty body',
        'YAML or JSON',
        'send the file',
      );
    }
    return { command: 'configure', text: body };
  }),
];

const stream: StreamRoute = {
  method: 'GET',
  path: '/events',
  query: ['from', 'format'],
  stream: true,
  help: 'the journal as it is written: from=POSITION, format=text|json',
};

export const ROUTES: readonly Route[] = [...queries, stream, ...commands];

function query(path: string, help: string, answer: QueryRoute['answer'], keys: readonly string[] = []): QueryRoute {
  return { method: 'GET', path, query: keys, help, answer };
}

function command(
  path: string,
  help: string,
  fields: CommandRoute['fields'],
  request: CommandRoute['request'],
): CommandRoute {
  return { method: 'POST', path, fields, help, request };
}

function ordersAnswer(state: StatePort, { query: keys }: RouteInput): unknown {
  const all = keys.get('all') ?? 'false';
  if (all !== 'true' && all !== 'false') {
    throw badRequest('wrong_type', 'wrong value of query key all', shown(all), 'true or false', 'correct it');
  }
  const limit = integerOf(keys, 'limit', 1, ORDERS_SHOWN_MAX, ORDERS_SHOWN_DEFAULT);
  const orders = state.orders({ all: all === 'true' });
  return { count: orders.length, shown: Math.min(limit, orders.length), orders: orders.slice(0, limit) };
}

function orderAnswer(state: StatePort, { parameters }: RouteInput): unknown {
  const orderId = orderIdOf(parameters);
  const order = state.orders({ all: true }).find((candidate) => candidate.orderId === orderId);
  if (order !== undefined) return order;
  throw new AdminError(404, {
    code: 'unknown_order',
    what: 'no such Order is remembered',
    found: String(orderId),
    expected: 'the id of a live or recent Order',
    action: 'list them with GET /orders?all=true; older ones are in the journal',
  });
}

function bookAnswer(state: StatePort, { parameters, query: keys }: RouteInput): unknown {
  const instrument = parameters.get('instrument') ?? '';
  const book = state.book(instrument, integerOf(keys, 'depth', 1, DEPTH_MAX, DEPTH_DEFAULT));
  if (book !== null) return book;
  throw new AdminError(404, {
    code: 'unknown_instrument',
    what: 'no such instrument',
    found: shown(instrument),
    expected: `one of: ${state
      .feeds()
      .map((feed) => feed.instrument)
      .join(', ')}`,
    action: 'correct the name',
  });
}

function venueOf(fields: ReadonlyMap<string, string>): { venue?: string } {
  const venue = fields.get('venue');
  return venue === undefined ? {} : { venue };
}

function orderIdOf(parameters: ReadonlyMap<string, string>): number {
  const text = parameters.get('id') ?? '';
  const value = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(value)) return value;
  throw badRequest(
    'wrong_type',
    'not an Order id',
    shown(text),
    'a positive integer up to 2^53 - 1',
    'copy it from GET /orders',
  );
}

/** A bounded integer from the query, or `fallback` when the key is absent. */
export function integerOf(
  keys: ReadonlyMap<string, string>,
  key: string,
  minimum: number,
  maximum: number,
  fallback: number,
): number {
  const text = keys.get(key);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
  throw badRequest(
    'wrong_type',
    `wrong value of query key ${key}`,
    shown(text),
    `an integer from ${minimum} to ${maximum}`,
    'correct it',
  );
}

export interface RouteMatch {
  readonly route: Route;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The route for a method and path; 404 and 405 say what there is instead. */
export function matchRoute(method: string, path: string): RouteMatch {
  const segments = path.split('/');
  const methods = new Set<string>();
  for (const route of ROUTES) {
    const parameters = matchSegments(route.path.split('/'), segments);
    if (parameters === null) continue;
    if (route.method === method) return { route, parameters };
    methods.add(route.method);
  }
  if (methods.size > 0) {
    const allow = [...methods].join(', ');
    throw new AdminError(
      405,
      {
        code: 'method_not_allowed',
        what: `wrong method for ${shown(path)}`,
        found: shown(method),
        expected: allow,
        action: 'use that method',
      },
      { allow },
    );
  }
  throw new AdminError(404, {
    code: 'unknown_route',
    what: 'no such route',
    found: shown(`${method} ${path}`),
    expected: 'a route listed by GET /',
    action: 'correct the path',
  });
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Map<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const parameters = new Map<string, string>();
  for (let index = 0; index < pattern.length; index += 1) {
    const expected = pattern[index] ?? '';
    const found = segments[index] ?? '';
    if (!expected.startsWith(':')) {
      if (expected !== found) return null;
    } else {
      const value = decodeSegment(found);
      if (value === '') return null;
      parameters.set(expected.slice(1), value);
    }
  }
  return parameters;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(
      'path_encoding',
      'the path cannot be decoded',
      shown(segment),
      'valid percent-encoding',
      'correct it',
    );
  }
}
