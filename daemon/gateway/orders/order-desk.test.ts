// The order desk answer by answer: every kind of request × how sure the answer is × when it comes, and what is said about
// Orders, executions and balances that do not fit.

import { describe, expect, test } from 'vitest';
import { Action, CancelReason, Kind, Liquidity, RejectReason, Side, VenueOrderStatus } from '../../event/kinds.ts';
import { AnswerClass, type FilledFact } from '../../event/order-adapter.ts';
import { DeskRig, EPOCH } from './desk-rig.fixture.ts';
import { LIFETIME_NS, SECOND } from './model-venue.fixture.ts';
import { answerOf, NAME, ScriptedAdapter, statusFact } from './scripted-adapter.fixture.ts';

const R = RejectReason;
const S = VenueOrderStatus;

function open(hasDeadMan = false, settings = {}): { adapter: ScriptedAdapter; rig: DeskRig } {
  const adapter = new ScriptedAdapter(hasDeadMan);
  return { adapter, rig: DeskRig.open(adapter, settings) };
}

/** Order 1, accepted, with nothing under way. */
function accepted(hasDeadMan = false, settings = {}): { adapter: ScriptedAdapter; rig: DeskRig } {
  const opened = open(hasDeadMan, settings);
  opened.rig.send(Action.New, 1);
  opened.adapter.answer('submit', AnswerClass.Done);
  opened.rig.events.length = 0;
  return opened;
}

function fill(quantity: string, executionId: string, change: Partial<FilledFact> = {}): FilledFact {
  return {
    what: 'filled', name: NAME, eventTime: EPOCH + 5n, side: Side.Buy, price: '100', quantity, fees: [], liquidity: Liquidity.Maker,
    executionId, ...change,
  };
}

type Kinds = 'submit' | 'replace' | 'cancel';
type Timing = 'at once' | 'after the time for an answer' | 'after the connection was lost and came back';

/** What an answer tells the daemon; a `?` asks the Venue instead. */
const TOLD: Readonly<Record<Kinds, Readonly<Record<keyof typeof AnswerClass, string>>>> = {
  submit: {
    Done: 'Accepted 1', Rejected: `Rejected 1 ${R.InsufficientFunds}`, Ambiguous: '?', RateLimited: `Rejected 1 ${R.RateLimited}`,
    Fatal: `Rejected 1 ${R.VenueUnavailable}`,
  },
  replace: {
    Done: 'Replaced 1 12@101', Rejected: `ReplaceRejected 1 ${R.InsufficientFunds}`, Ambiguous: '?',
    RateLimited: `ReplaceRejected 1 ${R.RateLimited}`, Fatal: `ReplaceRejected 1 ${R.VenueUnavailable}`,
  },
  cancel: {
    // The end itself is the stream's to tell.
    Done: '', Rejected: `CancelRejected 1 ${R.InsufficientFunds}`, Ambiguous: '?', RateLimited: `CancelRejected 1 ${R.RateLimited}`,
    Fatal: `CancelRejected 1 ${R.VenueUnavailable}`,
  },
};

const CELLS = (['submit', 'replace', 'cancel'] as const).flatMap((kind) => (
  (Object.keys(TOLD[kind]) as (keyof typeof AnswerClass)[]).flatMap((how) => (
    (['at once', 'after the time for an answer', 'after the connection was lost and came back'] as const)
      .map((timing) => [kind, how, timing] as const)))));

function send({ rig }: { rig: DeskRig }, kind: Kinds): void {
  if (kind === 'submit') rig.send(Action.New, 1);
  else if (kind === 'replace') rig.send(Action.Replace, 1, 101, 12);
  else rig.send(Action.Cancel, 1);
}

function pass({ rig }: { rig: DeskRig }, timing: Timing): void {
  if (timing === 'after the time for an answer') rig.wait(5.5 * SECOND);
  if (timing !== 'after the connection was lost and came back') return;
  rig.drop();
  rig.connect();
  rig.wait(1);
}

describe('every kind of request × how sure the answer is × when it comes', () => {
  test.each(CELLS)('%s, %s, %s', (kind, how, timing) => {
    const opened = kind === 'submit' ? open() : accepted();
    const { adapter, rig } = opened;
    send(opened, kind);
    expect(rig.story()).toEqual([]);
    pass(opened, timing);
    // Unknown is not rejected: nothing but that nobody can say yet.
    expect(rig.story().filter((line) => !line.endsWith(` ${S.Indeterminate}`))).toEqual([]);
    rig.events.length = 0;
    const queries = adapter.sent().filter((what) => what === 'query').length;
    adapter.answer(kind, AnswerClass[how], R.InsufficientFunds);
    rig.wait(3 * SECOND);
    const told = rig.story().filter((line) => !line.startsWith('StatusReport'));
    const isAsked = adapter.sent().filter((what) => what === 'query').length > queries || queries > 0;
    const expected = TOLD[kind][how];
    expect(told).toEqual(expected === '?' || expected === '' ? [] : [expected]);
    if (expected === '?') expect(isAsked).toBe(true);
    if (how === 'Fatal') expect(rig.desk.gate.fatal).not.toBe('');
  });

  test.each(['submit', 'replace', 'cancel'] as const)('%s without any answer: the Venue is asked, and what it says decides', (kind) => {
    const opened = kind === 'submit' ? open() : accepted();
    const { adapter, rig } = opened;
    send(opened, kind);
    rig.wait(5 * SECOND + 1);
    expect(adapter.sent().at(-1)).toBe('query');
    adapter.report(kind === 'submit' ? S.NotFound : S.Open);
    // It may yet arrive: nobody can say.
    expect(rig.story().filter((line) => !line.endsWith(` ${S.Indeterminate}`))).toEqual([]);
    // A report counts as of when it was asked for: only one asked for after the request's lifetime is the end of it.
    for (let waited = 0; waited < LIFETIME_NS; waited += 2.5 * SECOND) {
      rig.wait(2.5 * SECOND);
      if (rig.desk.requests.count('query') > 0) adapter.report(kind === 'submit' ? S.NotFound : S.Open);
    }
    rig.wait(8 * SECOND);
    if (rig.desk.requests.count('query') > 0) adapter.report(kind === 'submit' ? S.NotFound : S.Open);
    const end = {
      submit: `StatusReport 1 10@100 ${S.NotFound}`, replace: `ReplaceRejected 1 ${R.Other}`, cancel: `CancelRejected 1 ${R.Other}`,
    };
    expect(rig.story()).toContain(end[kind]);
  });

  test.each([S.NotFound, S.Open])('a report is as old as the question: asked within the lifetime, status %i decides nothing', (status) => {
    const opened = status === S.NotFound ? open() : accepted();
    send(opened, status === S.NotFound ? 'submit' : 'replace');
    opened.rig.wait(5 * SECOND + 1);
    expect(opened.adapter.sent().at(-1)).toBe('query');
    opened.rig.wait(LIFETIME_NS);
    opened.adapter.report(status);
    expect(opened.rig.story().filter((line) => !line.endsWith(` ${S.Indeterminate}`))).toEqual([]);
  });

  test.each(['submit', 'replace', 'cancel'] as const)('%s that did not leave is refused as not transmitted', (kind) => {
    const opened = kind === 'submit' ? open() : accepted();
    opened.adapter.takes = false;
    send(opened, kind);
    expect(opened.rig.story()).toHaveLength(1);
    expect(opened.rig.story()[0]).toMatch(new RegExp(`1 ${R.NotTransmitted}$`));
    expect(opened.rig.desk.requests.list()).toEqual([]);
  });
});

describe('the gate', () => {
  test('nothing new leaves before the adapter is ready and the Venue reconciled', () => {
    const adapter = new ScriptedAdapter();
    adapter.reconciles = false;
    const rig = new DeskRig(adapter);
    rig.link();
    rig.send(Action.New, 1);
    rig.connect();
    rig.send(Action.New, 2);
    expect(rig.story()).toEqual([`Rejected 1 ${R.NotTransmitted}`, `Rejected 2 ${R.NotTransmitted}`]);
    adapter.answer('reconcile', AnswerClass.Done);
    rig.send(Action.New, 3);
    expect(adapter.sent()).toEqual(['reconcile', 'submit']);
  });

  test('a fatal answer closes it for good: NEW is refused here, CANCEL still sent, reconciliation incomplete', () => {
    const { adapter, rig } = accepted();
    rig.send(Action.New, 2);
    adapter.answer('submit', AnswerClass.Fatal);
    rig.send(Action.New, 3);
    rig.send(Action.Cancel, 1);
    expect(rig.story()).toEqual([`Rejected 2 ${R.VenueUnavailable}`, `Rejected 3 ${R.VenueUnavailable}`]);
    expect(adapter.sent().at(-1)).toBe('cancel');
    const id = rig.reconcile();
    expect(rig.ends.find((end) => end.id === id)?.complete).toBe(false);
    rig.drop();
    rig.connect();
    rig.wait(1);
    rig.send(Action.New, 4);
    expect(rig.story().at(-1)).toBe(`Rejected 4 ${R.VenueUnavailable}`);
  });

  test('while the Venue limits requests NEW is refused here; a CANCEL leaves, however long the limit', () => {
    const { adapter, rig } = accepted();
    rig.send(Action.New, 2);
    adapter.sink.answered(adapter.last('submit'), { ...answerOf(AnswerClass.RateLimited), retryAfterMs: 3_600_000 });
    rig.send(Action.New, 3);
    rig.send(Action.Cancel, 1);
    expect(adapter.sent().at(-1)).toBe('cancel');
    expect(rig.story()).toEqual([`Rejected 2 ${R.RateLimited}`, `Rejected 3 ${R.RateLimited}`]);
  });

  test('while the Venue limits CANCELs they leave when they may', () => {
    const { adapter, rig } = accepted();
    rig.send(Action.Cancel, 1);
    adapter.answer('cancel', AnswerClass.RateLimited);
    rig.send(Action.Cancel, 1);
    expect(adapter.sent().filter((what) => what === 'cancel')).toHaveLength(1);
    rig.wait(0.4 * SECOND + 1);
    expect(adapter.sent().filter((what) => what === 'cancel')).toHaveLength(2);
    expect(rig.story()).toEqual([`CancelRejected 1 ${R.RateLimited}`]);
  });

  test('a CANCEL of an Order that an earlier process sent waits for the reconciliation that tells its name', () => {
    const adapter = new ScriptedAdapter();
    adapter.reconciles = false;
    const rig = new DeskRig(adapter);
    rig.link();
    rig.connect();
    rig.daemon.dispatch(1, Action.New, 100, 10, 0);
    rig.send(Action.Cancel, 1);
    expect(adapter.sent()).toEqual(['reconcile']);
    adapter.sink.fact(statusFact(S.Open, { name: { ...NAME, clientOrderId: 't1-2' } }));
    adapter.answer('reconcile', AnswerClass.Done);
    rig.wait(1);
    const cancel = adapter.requests.at(-1)!.request;
    expect(cancel).toMatchObject({ what: 'cancel', order: { clientOrderId: 't1-2', venueOrderId: 'V1' } });
  });
});

describe('executions', () => {
  test('a fill before the acceptance implies it; the acceptance that follows is no news', () => {
    const { adapter, rig } = open();
    rig.send(Action.New, 1);
    adapter.sink.fact(fill('4', 'E1'));
    adapter.sink.fact({ what: 'accepted', name: NAME, eventTime: 0n });
    adapter.answer('submit', AnswerClass.Done);
    expect(rig.story()).toEqual([`Filled 1 4@100`]);
    expect(rig.daemon.anomalies).toEqual([]);
  });

  test('repeated: told again, counted once', () => {
    const { adapter, rig } = accepted();
    adapter.sink.fact(fill('4', 'E1'));
    adapter.sink.fact(fill('4', 'E1'));
    expect(rig.story()).toEqual(['Filled 1 4@100', 'Filled 1 4@100']);
    expect(rig.daemon.order(1)?.filled).toBe(4);
    expect(rig.desk.table.get(1)?.filled).toBe(4);
  });

  test('not exact: never rounded, named, and the Venue is asked', () => {
    const { adapter, rig } = accepted();
    adapter.sink.fact(fill('4', 'E1', { price: '100.5' }));
    expect(rig.story()).toEqual([]);
    expect(rig.desk.noted('inexact execution')).toBe(1);
    rig.wait(1);
    expect(adapter.sent().at(-1)).toBe('query');
    adapter.report(S.Open, { filledQuantity: '4' });
    rig.wait(3 * SECOND);
    // An Order whose executions are missing is not told as it stands, and reconciliation says so.
    expect(rig.story()).toEqual([]);
    adapter.reconciles = false;
    const id = rig.reconcile();
    adapter.sink.fact(statusFact(S.Open, { filledQuantity: '4' }));
    adapter.answer('reconcile', AnswerClass.Done);
    expect(rig.ends.find((end) => end.id === id)).toMatchObject({ complete: false, message: 'executions of Orders 1 are missing' });
  });

  test('fees: an unknown currency, a second one and what is finer than the currency are named, the fill is told', () => {
    const { adapter, rig } = accepted();
    const fees = [{ currency: 'FEE', amount: '3' }, { currency: 'USD', amount: '-0.25' }, { currency: 'BTC', amount: '0.00000001' }];
    adapter.sink.fact(fill('1', 'E1', { fees }));
    adapter.sink.fact(fill('1', 'E2', { fees: [{ currency: 'USD', amount: '0.001' }] }));
    const told = rig.events.flatMap((event) => (event.kind === Kind.OrderFilled ? [[event.fields.fee, event.fields.feeCurrency]] : []));
    expect(told).toEqual([[-25n, 0], [0n, 0]]);
    expect(rig.desk.noted('fee not told')).toBe(2);
  });

  test('of an order that is not ours: a report of order 0, never a fill; asked for once when only the Venue\'s id is known', () => {
    const { adapter, rig } = accepted();
    adapter.sink.fact(fill('4', 'E1', { name: { clientOrderId: 'by-hand', venueOrderId: 'V8', symbol: 'BTC/USD' } }));
    expect(rig.story()).toEqual([`StatusReport 0 4@100 ${S.Indeterminate}`]);
    const name = { clientOrderId: '', venueOrderId: 'V9', symbol: 'BTC/USD' };
    adapter.sink.fact(fill('4', 'E2', { name }));
    adapter.sink.fact(fill('5', 'E3', { name }));
    expect(adapter.sent().filter((what) => what === 'query')).toHaveLength(1);
    adapter.sink.fact(statusFact(S.Open, { name: { ...name, clientOrderId: 'none' } }));
    adapter.answer('query', AnswerClass.Done);
    adapter.sink.fact(fill('6', 'E4', { name }));
    expect(rig.story().slice(1).every((line) => line.startsWith('StatusReport 0 '))).toBe(true);
    expect(adapter.sent().filter((what) => what === 'query')).toHaveLength(1);
    expect(rig.daemon.state.positions.of[0].quantity).toBe(0);
  });

  test('of an Order of an earlier process, named by the Venue\'s id alone: told once the Venue says whose it is', () => {
    const { adapter, rig } = open();
    rig.daemon.dispatch(7, Action.New, 100, 10, 0);
    adapter.sink.fact(fill('4', 'E1', { name: { clientOrderId: '', venueOrderId: 'V7', symbol: 'BTC/USD' } }));
    expect(rig.story()).toEqual([]);
    adapter.sink.fact(statusFact(S.Open, { name: { clientOrderId: 't7', venueOrderId: 'V7', symbol: 'BTC/USD' }, filledQuantity: '4' }));
    adapter.answer('query', AnswerClass.Done);
    expect(rig.story()).toContain('Filled 7 4@100');
    expect(rig.daemon.order(7)?.filled).toBe(4);
  });

  test('waiting for its owner when the connection goes: the owner is asked for again by what comes after', () => {
    const { adapter, rig } = open();
    rig.daemon.dispatch(7, Action.New, 100, 10, 0);
    const name = { clientOrderId: '', venueOrderId: 'V7', symbol: 'BTC/USD' };
    adapter.sink.fact(fill('4', 'E1', { name }));
    rig.drop();
    rig.connect();
    rig.wait(1);
    adapter.sink.fact(fill('2', 'E2', { name }));
    expect(adapter.sent().filter((what) => what === 'query')).toHaveLength(2);
    adapter.sink.fact(statusFact(S.Open, { name: { ...name, clientOrderId: 't7' }, filledQuantity: '6' }));
    adapter.answer('query', AnswerClass.Done);
    expect(rig.story()).toContain('Filled 7 2@100');
  });

  test('of a generation that a REPLACE left behind: the Order grows by it', () => {
    const { adapter, rig } = accepted();
    rig.send(Action.Replace, 1, 101, 12);
    const next = { ...NAME, clientOrderId: 't1-1', venueOrderId: 'V2' };
    adapter.sink.fact({ what: 'replaced', name: next, eventTime: 0n, price: '101', quantity: '12' });
    adapter.answer('replace', AnswerClass.Done);
    adapter.sink.fact(fill('3', 'E1'));
    adapter.sink.fact({ what: 'cancelled', name: NAME, eventTime: 0n, reason: CancelReason.Requested });
    expect(rig.story()).toEqual(['Replaced 1 12@101', 'Replaced 1 15@101', 'Filled 1 3@100']);
    expect(rig.desk.table.get(1)).toMatchObject({ generation: 1, end: null, quantity: 15 });
  });
});

describe('reports that do not fit', () => {
  test('an unlisted status is asked for, and told as indeterminate when the Venue keeps to it', () => {
    const { adapter, rig } = accepted();
    adapter.sink.fact(statusFact(S.Indeterminate));
    rig.wait(1);
    expect(adapter.sent().at(-1)).toBe('query');
    for (let i = 0; i < 12; i += 1) {
      if (adapter.sent().at(-1) === 'query') adapter.report(S.Indeterminate);
      rig.wait(31 * SECOND);
    }
    expect(rig.story()).toEqual([`StatusReport 1 10@100 ${S.Indeterminate}`]);
    expect(rig.desk.noted('Order in doubt')).toBe(1);
  });

  test('an end whose executions have not come: they are asked for first', () => {
    const { adapter, rig } = accepted();
    adapter.reconciles = false;
    adapter.sink.fact(statusFact(S.Filled, { filledQuantity: '10' }));
    rig.wait(1);
    adapter.report(S.Filled, { filledQuantity: '10' });
    expect(rig.story()).toEqual([]);
    rig.wait(3 * SECOND);
    expect(adapter.sent()).toContain('reconcile');
    adapter.sink.fact(fill('10', 'E1'));
    adapter.sink.fact(statusFact(S.Filled, { filledQuantity: '10' }));
    adapter.answer('reconcile', AnswerClass.Done);
    expect(rig.story()).toEqual(['Filled 1 10@100']);
    expect(rig.daemon.anomalies).toEqual([]);
  });

  test('balances: those that are not configured are left out, what is not exact is named, a stream waits for executions', () => {
    const { adapter, rig } = accepted();
    const balances = [
      { currency: 'USD', total: '10.50', available: '7' }, { currency: 'DOGE', total: '1', available: '1' },
      { currency: 'BTC', total: '0.000000001', available: '' },
    ];
    adapter.sink.fact({ what: 'balances', eventTime: 0n, isAsked: false, balances });
    expect(rig.story()).toEqual([]);
    rig.wait(SECOND);
    const [report] = rig.events;
    expect(report.kind === Kind.BalanceReport && report.fields.balances).toEqual([{ currency: 0, total: 1050n, available: 700n }]);
    expect(rig.desk.noted('inexact balance')).toBe(1);
    adapter.sink.fact({ what: 'balances', eventTime: 0n, isAsked: false, balances: balances.slice(0, 1) });
    adapter.sink.fact(fill('1', 'E1'));
    rig.wait(2 * SECOND);
    expect(rig.story()).toEqual(['BalanceReport', 'Filled 1 1@100']);
  });

  test('balances of a stream wait while the Venue is asked for everything: they may contain what is not told yet', () => {
    const { adapter, rig } = accepted();
    const balances = (total: string, isAsked: boolean): void => (
      adapter.sink.fact({ what: 'balances', eventTime: 0n, isAsked, balances: [{ currency: 'USD', total, available: total }] }));
    adapter.reconciles = false;
    rig.reconcile();
    balances('9', false);
    rig.wait(5 * SECOND);
    expect(rig.story()).toEqual([]);
    adapter.sink.fact(fill('1', 'E1'));
    balances('8', false);
    balances('9', true);
    adapter.answer('reconcile', AnswerClass.Done);
    rig.wait(5 * SECOND);
    expect(rig.story().filter((line) => !line.startsWith('StatusReport'))).toEqual(['Filled 1 1@100', 'BalanceReport']);
    rig.reconcile();
    balances('7', false);
    adapter.answer('reconcile', AnswerClass.Done);
    rig.wait(2 * SECOND);
    expect(rig.story().filter((line) => line === 'BalanceReport')).toHaveLength(2);
  });

  test('facts that may have been lost: the Venue is asked for all of it, and orders go on meanwhile', () => {
    const { adapter, rig } = accepted();
    const asked = (): number => adapter.sent().filter((what) => what === 'reconcile').length;
    const before = asked();
    rig.wait(5 * SECOND);
    expect(asked()).toBe(before);
    rig.desk.missed();
    rig.wait(SECOND);
    expect(asked()).toBe(before + 1);
    expect(rig.desk.gate.isReconciled).toBe(true);
  });

  test('nothing is told between a lost link and the next Welcome; then the Venue is asked since the loss, or earlier', () => {
    const { adapter, rig } = accepted(false, { onDaemonLoss: 'keep' });
    rig.unlink();
    const lostAt = rig.now;
    adapter.sink.fact(fill('4', 'E1'));
    rig.wait(100 * SECOND);
    rig.link();
    adapter.reconciles = false;
    const id = rig.reconcile([1]);
    const since = (): bigint | null => {
      const { request } = adapter.requests.at(-1)!;
      return request.what === 'reconcile' ? request.since : null;
    };
    expect(since()).toBe(EPOCH + BigInt(lostAt) - BigInt(30 * SECOND));
    adapter.sink.fact(fill('4', 'E1'));
    adapter.sink.fact(statusFact(S.Open, { filledQuantity: '4' }));
    adapter.answer('reconcile', AnswerClass.Done);
    expect(rig.story()).toEqual(['Filled 1 4@100', `StatusReport 1 10@100 ${S.Open}`]);
    expect(rig.ends).toContainEqual({ id, complete: true, message: '' });
    rig.reconcile([1], EPOCH - 1_000_000_000_000n);
    expect(since()).toBe(EPOCH - 1_000_000_000_000n);
  });
});

describe('the daemon lost, and the end', () => {
  test('a mass cancel is tried until it is done, and no longer once a daemon is back that was thought gone', () => {
    const { adapter, rig } = accepted(false, { daemonLossGraceNs: 2 * SECOND });
    const attempts = (): number => adapter.sent().filter((what) => what === 'cancelAll').length;
    rig.unlink();
    rig.wait(600 * SECOND);
    const many = attempts();
    expect(many).toBeGreaterThan(8);
    rig.wait(60 * SECOND);
    expect(attempts()).toBeGreaterThan(many);
    rig.link();
    const atReturn = attempts();
    adapter.answer('cancelAll', AnswerClass.Ambiguous);
    rig.wait(600 * SECOND);
    expect(attempts()).toBe(atReturn);
    rig.desk.onMassCancel('kill switch', rig.now);
    rig.unlink();
    rig.link();
    rig.wait(60 * SECOND);
    expect(attempts()).toBeGreaterThan(atReturn + 1);
  });

  test('with `cancel` everything is cancelled after the grace, over the next connection when there is none', () => {
    const { adapter, rig } = accepted(false, { daemonLossGraceNs: 2 * SECOND });
    rig.unlink();
    rig.wait(1.9 * SECOND);
    expect(adapter.sent()).not.toContain('cancelAll');
    rig.drop();
    rig.wait(SECOND);
    expect(adapter.sent()).not.toContain('cancelAll');
    rig.connect();
    rig.wait(1);
    expect(adapter.sent()).toContain('cancelAll');
  });

  test('a daemon that is back in time keeps its Orders', () => {
    const { adapter, rig } = accepted(false, { daemonLossGraceNs: 2 * SECOND });
    rig.unlink();
    rig.wait(SECOND);
    rig.link();
    rig.wait(10 * SECOND);
    expect(adapter.sent()).not.toContain('cancelAll');
  });

  test('a mass cancel that fails is tried again, then each Order that stays is asked for', () => {
    const { adapter, rig } = accepted();
    rig.desk.onMassCancel('kill switch', rig.now);
    adapter.answer('cancelAll', AnswerClass.Ambiguous);
    rig.wait(2 * SECOND);
    expect(adapter.sent().filter((what) => what === 'cancelAll')).toHaveLength(2);
    adapter.answer('cancelAll', AnswerClass.Done);
    rig.wait(5 * SECOND);
    expect(adapter.sent().at(-1)).toBe('query');
    adapter.report(S.Cancelled);
    expect(rig.story()).toEqual([`StatusReport 1 10@100 ${S.Cancelled}`]);
  });

  test('an Order that has ended is asked for again: told from what is known', () => {
    const { adapter, rig } = accepted();
    adapter.sink.fact({ what: 'cancelled', name: NAME, eventTime: 0n, reason: CancelReason.Requested });
    rig.desk.onStatusQuery(1, '', rig.now);
    rig.send(Action.Cancel, 1);
    expect(rig.story()).toEqual([
      `Cancelled 1 ${CancelReason.Requested}`, `StatusReport 1 10@100 ${S.Cancelled}`, `CancelRejected 1 ${R.OrderTerminal}`,
    ]);
    expect(adapter.sent()).not.toContain('cancel');
  });

  test('an answer to nobody is nothing', () => {
    const { adapter, rig } = accepted();
    adapter.sink.answered(999, answerOf(AnswerClass.Fatal));
    expect(rig.desk.gate.fatal).toBe('');
    expect(rig.story()).toEqual([]);
  });
});

test('kinds of problems that hold the Venue\'s words are bounded: the rest is one kind', () => {
  const { rig } = open();
  for (let i = 0; i < 1000; i += 1) rig.desk.problem(`unsure answer: ${i}`, 'sample');
  expect(rig.desk.statistics.problems).toBe(1000);
  expect([rig.desk.noted('unsure answer: 63'), rig.desk.noted('unsure answer: 64')]).toEqual([1, 0]);
  expect(rig.desk.noted('further kinds of problems')).toBe(936);
});
