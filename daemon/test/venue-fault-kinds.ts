// Everything that a stand-in can do wrong, drawn by a seeded generator: rules it arms, and what is done to it at once. Knows
// each Venue's names of requests and messages. Draws and arms; judges nothing.

import type { Prng } from '../base/prng.ts';
import type { FaultRule, MessageFault } from './stand-in/faults.ts';
import type { StandInVenue } from './stand-in/settings.ts';
import type { StandIn } from './stand-in/stand-in.ts';

/** Venues that carry orders. */
export type TradedVenue = Exclude<StandInVenue, 'okx'>;

interface Vocabulary {
  /** Kinds of connection: public, private. */
  readonly sockets: readonly [string, string];
  /** Requests that place, change or end orders. */
  readonly acts: readonly string[];
  /** Requests that only ask, by kind of connection. */
  readonly reads: readonly (readonly [connection: string, method: string])[];
  readonly privateMessages: readonly string[];
  readonly publicMessages: readonly string[];
  /** Refusals of an act that may have taken effect all the same, one of them listed nowhere. */
  readonly unsure: readonly Refusal[];
  readonly sure: readonly Refusal[];
  readonly busy: readonly Refusal[];
  /** Of a request that only asks. */
  readonly readFailures: readonly Refusal[];
}
type Refusal = Pick<FaultRule, 'status' | 'code' | 'message' | 'milliseconds' | 'headers'>;

const VOCABULARY: Readonly<Record<TradedVenue, Vocabulary>> = {
  kraken: {
    sockets: ['public', 'private'],
    acts: ['add_order', 'amend_order', 'cancel_order'],
    reads: ['OpenOrders', 'TradesHistory', 'BalanceEx', 'QueryOrders', 'GetWebSocketsToken'].map((method) => ['http', method] as const),
    privateMessages: ['executions', 'balances'], publicMessages: ['book', 'trade'],
    unsure: [{ message: 'EService:Busy' }, { message: 'EGeneral:Internal error' }, { message: 'ESomething:Nobody listed' }],
    sure: [{ message: 'EOrder:Insufficient funds' }, { message: 'ESession:Invalid session' }],
    busy: [{ message: 'EOrder:Rate limit exceeded' }],
    readFailures: [
      { status: 429, headers: { 'Retry-After': '1' } }, { status: 502, message: '<html>Bad Gateway</html>' },
      { message: 'EAPI:Invalid nonce' }, { message: 'EService:Unavailable' },
    ],
  },
  binance: {
    sockets: ['public', 'api'],
    acts: ['order.place', 'order.cancelReplace', 'order.amend.keepPriority', 'order.cancel'],
    reads: [
      ['api', 'order.status'], ['api', 'openOrders.status'], ['api', 'myTrades'], ['api', 'account.status'], ['api', 'time'],
      ['http', 'GET /api/v3/depth'],
    ],
    privateMessages: ['executionReport', 'outboundAccountPosition'], publicMessages: ['depth', 'trade'],
    unsure: [
      { code: -1000 }, { code: -1006, message: 'An unexpected response was received from the message bus.' },
      { code: -1007, status: 504, message: 'Timeout waiting for response from backend server.' }, { code: -9876, message: 'Nobody listed' },
    ],
    sure: [{ code: -2010, message: 'Account has insufficient balance for requested action.' }],
    busy: [
      { code: -1015, status: 429, milliseconds: 500, message: 'Too many new orders.' },
      { code: -1003, status: 418, milliseconds: 500, message: 'Way too much request weight used; IP banned.' },
    ],
    readFailures: [
      { code: -1003, status: 429, milliseconds: 500, headers: { 'Retry-After': '1' } }, { code: -1000, status: 500 },
      { code: -1008, status: 503 },
    ],
  },
};

const PUBLIC_FAULTS: readonly MessageFault[] = [
  'drop', 'duplicate', 'delay', 'reorder', 'badChecksum', 'stale', 'unknownField', 'truncate', 'midFrame',
];
const PRIVATE_FAULTS: readonly MessageFault[] = ['drop', 'duplicate', 'delay', 'reorder', 'unknownField', 'truncate', 'midFrame'];
const SKEW_MS_MAX = 3000;

/** Does one thing wrong and says what. */
type FaultKind = (standIn: StandIn, venue: TradedVenue, prng: Prng) => string;

function oneOf<T>(prng: Prng, values: readonly T[]): T {
  return values[prng.below(values.length)]!;
}

function armed(standIn: StandIn, rule: FaultRule): string {
  standIn.arm(rule);
  return JSON.stringify(rule);
}

function refusal(names: 'unsure' | 'sure' | 'busy'): FaultKind {
  return (standIn, venue, prng) => {
    const words = VOCABULARY[venue];
    const effect = names === 'unsure' && prng.below(2) === 0;
    return armed(standIn, { fault: 'error', on: oneOf(prng, words.acts), effect, skip: prng.below(3), ...oneOf(prng, words[names]) });
  };
}

function actFault(fault: FaultRule['fault'], milliseconds = 0): FaultKind {
  return (standIn, venue, prng) => armed(standIn, {
    fault, on: oneOf(prng, VOCABULARY[venue].acts), skip: prng.below(3), count: 1 + prng.below(2),
    ...(milliseconds === 0 ? {} : { milliseconds: prng.below(milliseconds) }),
  });
}

function messageFault(names: 'privateMessages' | 'publicMessages', faults: readonly MessageFault[]): FaultKind {
  return (standIn, venue, prng) => armed(standIn, {
    fault: oneOf(prng, faults), on: oneOf(prng, VOCABULARY[venue][names]), skip: prng.below(4), count: 1 + prng.below(2),
    milliseconds: 10 + prng.below(700),
  });
}

/** The answer to an act, as a message: what it says comes twice, late, cut or never. */
const answerFault: FaultKind = (standIn, venue, prng) => armed(standIn, {
  fault: oneOf(prng, PRIVATE_FAULTS), on: oneOf(prng, VOCABULARY[venue].acts), connection: VOCABULARY[venue].sockets[1],
  skip: prng.below(3), milliseconds: 10 + prng.below(1500),
});

const readFault: FaultKind = (standIn, venue, prng) => {
  const [connection, on] = oneOf(prng, VOCABULARY[venue].reads);
  const count = 1 + prng.below(2);
  const fault = oneOf(prng, ['loseRequest', 'loseAnswer', 'slowAnswer', 'error', 'error', 'disconnectAfter'] as const);
  if (fault === 'error') return armed(standIn, { fault, on, connection, count, ...oneOf(prng, VOCABULARY[venue].readFailures) });
  return armed(standIn, { fault, on, connection, count: 1, milliseconds: prng.below(1500) });
};

const disconnect: FaultKind = (standIn, venue, prng) => {
  const kind = oneOf(prng, ['', ...VOCABULARY[venue].sockets]);
  const how = oneOf(prng, ['close', 'abort', 'midFrame'] as const);
  if (prng.below(3) === 0) standIn.refuseConnections(1 + prng.below(3));
  return `${standIn.disconnect(how, kind)} ${kind || 'all'} sockets, ${how}`;
};

/** A peer that is gone without a word; after a while something on the way notices. */
const silence: FaultKind = (standIn, venue, prng) => {
  const chosen = standIn.silence(oneOf(prng, ['', ...VOCABULARY[venue].sockets]));
  const milliseconds = 500 + prng.below(2500);
  setTimeout(() => { for (const connection of chosen) connection.end('abort'); }, milliseconds).unref();
  return `${chosen.length} sockets silent for ${milliseconds} ms`;
};

/** Of HTTP calls. The sockets stay: a gateway whose dial is refused so stays away for a minute. */
const ban: FaultKind = (standIn, _, prng) => {
  const milliseconds = 300 + prng.below(1200);
  standIn.ban(milliseconds);
  return `${milliseconds} ms`;
};

const status: FaultKind = (standIn, _, prng) => {
  const chosen = oneOf(prng, ['maintenance', 'cancel_only', 'post_only'] as const);
  const milliseconds = 300 + prng.below(1500);
  standIn.setStatus(chosen);
  setTimeout(() => { standIn.setStatus('online'); }, milliseconds).unref();
  return `${chosen} for ${milliseconds} ms`;
};

const clockSkew: FaultKind = (standIn, _, prng) => {
  const milliseconds = prng.below(2 * SKEW_MS_MAX) - SKEW_MS_MAX;
  standIn.setClockSkew(milliseconds);
  return `${milliseconds} ms`;
};

const expiry: FaultKind = (standIn) => {
  standIn.expireSessions();
  return 'tokens and sessions';
};

export const FAULT_KINDS: Readonly<Record<string, FaultKind>> = {
  loseRequest: actFault('loseRequest'), loseAnswer: actFault('loseAnswer'), slowAnswer: actFault('slowAnswer', 2000),
  slowRequest: actFault('slowRequest', 900), eventsFirst: actFault('eventsFirst'), disconnectBefore: actFault('disconnectBefore'),
  disconnectAfter: actFault('disconnectAfter'), unsure: refusal('unsure'), sure: refusal('sure'), busy: refusal('busy'),
  privateMessage: messageFault('privateMessages', PRIVATE_FAULTS), publicMessage: messageFault('publicMessages', PUBLIC_FAULTS),
  answer: answerFault, read: readFault, disconnect, silence, ban, status, clockSkew, expiry,
};

/** Nothing goes wrong from now on. What is silent is gone. */
export function makeWell(standIn: StandIn): void {
  standIn.world.plan.clear();
  standIn.refuseConnections(0);
  standIn.setStatus('online');
  for (const connection of standIn.server.connections) if (connection.isSilent) connection.end('abort');
}
