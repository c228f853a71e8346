// Answers of the admin interface as text for a terminal: aligned tables and name-value lists. Pure; prints nothing.

import type {
  BalanceEntry,
  BookReport,
  CommandResult,
  FeedReport,
  GateReport,
  OrderReport,
  PositionReport,
  StatusReport,
  StrategyReport,
} from '../event/operator-port.ts';

type Cell = string | number | boolean;

/** Columns aligned; a column whose cells are all numbers, also in text form, is aligned to the right. */
function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return `no ${(head[0] ?? 'rows').toLowerCase()}s\n`;
  const texts = rows.map((row) => row.map(String));
  const widths = head.map((title, column) => Math.max(title.length, ...texts.map((row) => row[column]?.length ?? 0)));
  const right = head.map((_, column) => texts.every((row) => /^-?[\d.]+$/.test(row[column] ?? '')));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (right[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${[head, ...texts].map(line).join('\n')}\n`;
}

function pairs(entries: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return `${entries.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n`;
}

const onOff = (value: boolean, on: string, off: string) => (value ? on : off);

export function showStatus(status: StatusReport): string {
  const head = pairs([
    ['session', `${status.sessionId} (${status.phase})`],
    ['trading', status.trading],
    ['kill switch', onOff(status.killSwitch, 'SET', 'clear')],
    ['egress', onOff(status.egressLatched, 'LATCHED: only cancels leave', 'open')],
    ['position', `${status.position} (on disk: ${status.syncedPosition}, ${status.durability})`],
    ['orders', `${status.openOrders} open, ${status.queuedIntents} queued`],
    ['journal', `${status.journalPath} (${status.journalBytes} bytes)`],
    ['configuration', `version ${status.configurationVersion}, ${status.configurationHash.slice(0, 12)}`],
    [
      'build',
      `${status.version} ${status.commit}${status.dirty ? '+dirty' : ''}, pid ${status.pid}, since ${status.startedAt}`,
    ],
    ['idle', status.idle],
  ]);
  const venues = table(
    ['VENUE', 'LINK', 'RECONCILED', 'FRAMES', 'REFUSED', 'SHED', 'GATEWAY'],
    status.venues.map((venue) => [
      venue.venue,
      venue.link,
      venue.reconciliation,
      venue.framesReceived,
      venue.framesRefused,
      venue.framesShed,
      venue.gatewayBuild,
    ]),
  );
  return `${head}\n${venues}\n${showStrategies(status.strategies)}\n${showGates(status.gates)}`;
}

export function showStrategies(strategies: readonly StrategyReport[]): string {
  return table(
    ['STRATEGY', 'ENABLED', 'FAILURES', 'MODULE', 'CONTENT'],
    strategies.map((strategy) => [
      strategy.strategy,
      onOff(strategy.enabled, 'yes', 'NO'),
      strategy.failures,
      strategy.module,
      strategy.contentHash.slice(0, 12),
    ]),
  );
}

export function showGates(gates: readonly GateReport[]): string {
  return table(
    ['GATE', 'STATE', 'DETAIL'],
    gates.map(({ gate, open, detail }) => [gate, onOff(open, 'open', 'CLOSED'), detail]),
  );
}

export function showOrders({
  count,
  orders,
}: {
  readonly count: number;
  readonly orders: readonly OrderReport[];
}): string {
  const head = [
    'ORDER',
    'STATE',
    'SIDE',
    'INSTRUMENT',
    'PRICE',
    'QUANTITY',
    'FILLED',
    'INFLIGHT',
    'QUEUED',
    'STRATEGY',
    'VENUE',
  ];
  const rows = orders.map((order) => [
    order.orderId,
    order.state,
    order.side,
    order.instrument,
    order.price,
    order.quantity,
    order.filledQuantity,
    order.inflight,
    order.queued,
    order.strategy,
    order.venue,
  ]);
  const rest = count > orders.length ? `${orders.length} of ${count} shown; more with --limit\n` : '';
  return `${table(head, rows)}${rest}`;
}

export function showOrder(order: OrderReport): string {
  return pairs(Object.entries(order) as [string, Cell][]);
}

export function showPositions(positions: readonly PositionReport[]): string {
  const head = ['INSTRUMENT', 'VENUE', 'POSITION', 'AVERAGE', 'REALISED', 'UNREALISED', 'FEES', 'CURRENCY'];
  return table(
    head,
    positions.map((row) => [
      row.instrument,
      row.venue,
      row.quantity,
      row.averagePrice,
      row.realised,
      row.unrealised,
      row.fees,
      row.currency,
    ]),
  );
}

export function showBalances(balances: readonly BalanceEntry[]): string {
  return table(
    ['BALANCE', 'VENUE', 'TOTAL', 'AVAILABLE'],
    balances.map((row) => [row.currency, row.venue, row.total, row.available]),
  );
}

export function showFeeds(feeds: readonly FeedReport[]): string {
  const age = (ageNs: number) => (ageNs < 0 ? 'never' : `${(ageNs / 1e6).toFixed(1)} ms`);
  return table(
    ['FEED', 'VENUE', 'STATE', 'REASON', 'AGE', 'DROPPED'],
    feeds.map((feed) => [feed.instrument, feed.venue, feed.state, feed.reason, age(feed.ageNs), feed.dropped]),
  );
}

export function showBook(book: BookReport): string {
  const rows = Array.from({ length: Math.max(book.bids.length, book.asks.length) }, (_, index) => {
    const [bidPrice, bidQuantity] = book.bids[index] ?? ['', ''];
    const [askPrice, askQuantity] = book.asks[index] ?? ['', ''];
    return [bidQuantity, bidPrice, askPrice, askQuantity];
  });
  const head = `${book.instrument}: ${book.valid ? 'valid' : 'NOT VALID'}, ${book.updates} updates\n`;
  return `${head}${rows.length === 0 ? 'empty\n' : table(['BID QUANTITY', 'BID', 'ASK', 'ASK QUANTITY'], rows)}`;
}

export function showResult({ position, message }: CommandResult): string {
  return `${message}${position > 0 ? ` (position ${position})` : ''}\n`;
}
