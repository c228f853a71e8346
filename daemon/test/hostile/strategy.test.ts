// Strategies that throw, answer nonsense, take forever or are no strategies, in a real tcxd: nothing of them gets through,
// each is named, the session goes on, and its journal replays identical.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Commands, isBuilt, linkPort, Workplace } from './processes.fixture.ts';
import { ScriptedVenue } from './scripted-venue.fixture.ts';

let commands: Commands;
let place: Workplace;
beforeAll(() => { commands = new Commands(); });
afterAll(() => commands.close());
beforeEach(() => { place = new Workplace(); });
afterEach(() => place.remove());

function source(evaluate: string, memory = '{ n: 0 }'): string {
  return `import { defineStrategy, Side } from 'tcx/strategy';
export default defineStrategy({
  name: 'bad', version: '1', memory: ${memory}, parameters: () => null,
  evaluate(context: any, memory: any, intents: any): any { void [context, memory, intents, Side]; ${evaluate} },
});
`;
}

/** What goes wrong, and what the log says of it. null: the Intents are denied, nothing fails. */
const BAD: Readonly<Record<string, readonly [string, RegExp | null]>> = {
  throws: ["throw new Error('I give up')", /failed at position \d+: I give up/],
  'throws-nothing': ['throw undefined', /failed at position \d+: /],
  'throws-a-thing': ['throw Object.create(null)', /failed at position \d+: /],
  'throws-a-trap': [
    "throw { get message() { throw new Error('trap'); }, toString() { throw new Error('trap'); } }",
    /failed at position \d+: /,
  ],
  'throws-late': ['intents.submit(0, Side.Buy, 599000, 100); memory.n = 7; throw new Error(`late ${memory.n}`)', /late 7/],
  'returns-a-promise': ['return { then() {} }', /evaluate returned a value/],
  'returns-a-number': ['return 7', /evaluate returned a value/],
  'remembers-nan': ['memory.n = NaN', /memory holds NaN or Infinity/],
  'remembers-text': ["memory.n = 'seven'", /memory holds NaN or Infinity/],
  'remembers-more': ['memory.other = 1', /other/],
  'writes-state': ['context.books[0].bidPrice = 1', /bidPrice/],
  'endless-intents': ['for (;;) intents.submit(0, Side.Buy, 599000, 100)', /a step emits at most \d+ Intents/],
  'nonsense-prices': ['for (const x of [NaN, Infinity, -1, 0.5, 1e300, -0, 2 ** 53]) intents.submit(0, Side.Buy, x, x)', null],
  'nonsense-types': [
    "for (const x of ['1', null, undefined, {}, [], true, 10n, Symbol('s'), () => 1]) intents.submit(x, x, x, x)",
    null,
  ],
  'nonsense-orders': [
    `for (const x of [NaN, -1, 0.5, 1e300, '1', null, undefined, {}, 10n, Symbol('s')]) {
      intents.cancel(x); intents.replace(x, x, x); intents.resubmit(x, 0, 0, x, x);
    }`,
    null,
  ],
  'nonsense-options': [
    "for (const x of [9, -1, 'limit', NaN, 10n]) intents.submit(0, Side.Buy, 599000, 100, { type: x, timeInForce: x })",
    null,
  ],
  'nonsense-instruments': ['for (const x of [-1, 1, 99, 0.5, NaN]) intents.submit(x, Side.Buy, 599000, 100)', null],
  'nonsense-questions': [
    "for (const x of [NaN, -1, 1e9, 'x', {}]) { context.order(x); context.queued(x); context.liveOrder(x, x); context.workingCount(x); }",
    null,
  ],
  'nonsense-prices-asked': ['context.books[0].quantityAt(0, NaN)', /quantityAt: price must be a safe integer, found NaN/],
  'nonsense-sides-asked': ['context.books[0].quantityAt(7, 1)', /side must be Side\.Buy or Side\.Sell, found 7/],
  'nonsense-levels-asked': [
    "context.books[0].levels(0, 1e99, new Float64Array(3)); context.books[0].levels(0, 'x', new Float64Array(4))",
    /levels: count must be/,
  ],
  // Last: Strategies of one step share its Intents.
  'swallows-it': ['for (let i = 0; i < 1000; i += 1) { try { intents.cancel(i); } catch { /* on and on */ } }', null],
};
const NAMES = Object.keys(BAD);
/** Of so many consultations one takes its time. */
const BURST = 10;

describe.skipIf(!isBuilt)('strategies that answer nonsense', () => {
  test('every one is named or denied, switched off when it fails too often, and nothing of it leaves', async () => {
    for (const name of NAMES) place.write(`${name}.ts`, source(BAD[name]![0]));
    const config = place.configure((it) => {
      it['strategies'] = NAMES.map((name) => ({
        id: name, module: `${name}.ts`, instruments: ['btc-usd'], cadence: { onTopPrice: true, onControl: false }, failuresMax: 3,
      }));
    });
    const daemon = place.start(config);
    const venue = await ScriptedVenue.link(await linkPort(daemon), place.token);
    venue.snapshot();
    await daemon.printed(/trading is on/);
    for (let step = 1; step <= 12; step += 1) venue.move(step);
    await venue.settled();
    const ended = await daemon.ending();
    expect([ended.code, ended.signal]).toEqual([0, null]);
    for (const name of NAMES) {
      const expected = BAD[name]![1];
      const lines = ended.out.split('\n').filter((line) => line.includes(`"strategy":"${name}"`));
      if (expected === null) expect([name, lines]).toEqual([name, []]);
      if (expected === null) continue;
      expect(lines[0]).toMatch(expected);
      expect(lines.at(-1)).toMatch(/failed 3 times.*it is switched off/);
    }
    expect(venue.dispatched).toEqual([]);
    const [journal] = place.journals();
    const replayed = await commands.replay(journal!);
    expect(replayed.code).toBe(0);
    expect(replayed.out).toMatch(/IntentDenied +\d{2,}/);
    expect((await commands.replay(journal!, '--fold')).code).toBe(0);
  });

  test('a strategy that computes for 100 ms is counted and named, and nothing is lost meanwhile', async () => {
    // Every tenth time twice as long as before: how long 100 ms are is the machine's affair.
    place.write('slow.ts', source(`if (++memory.n % ${BURST} !== 0) return;
      let x = 1;
      for (let i = 0; i < 100_000 * 2 ** (memory.n / ${BURST}); i += 1) x = (x * 48271) % 2147483647;
      memory.n += x * 0;`));
    const config = place.configure((it) => {
      it['strategies'] = [{ id: 'slow', module: 'slow.ts', instruments: ['btc-usd'], cadence: { onTopPrice: true, onControl: false } }];
    });
    const daemon = place.start(config);
    const venue = await ScriptedVenue.link(await linkPort(daemon), place.token);
    venue.snapshot();
    await daemon.printed(/trading is on/);
    const slow = /the step of position \d+ \(BookDelta\) took \d+\.\d ms, more than 100 ms; it consulted slow:/;
    let step = 0;
    while (!slow.test(daemon.output)) {
      for (const last = step + BURST; step < last;) venue.move(step += 1);
      await venue.settled();
    }
    const ended = await daemon.ending();
    expect(ended.code).toBe(0);
    const replayed = await commands.replay(place.journals()[0]!);
    expect(replayed.code).toBe(0);
    expect(replayed.out).toMatch(new RegExp(`BookDelta +${step}\\n`));
  });
});

describe.skipIf(!isBuilt)('a file that is no strategy ends with 2, naming the place', () => {
  test.each<[string, string, RegExp]>([
    ['a syntax error', 'export default {\n  name: "x",\n  evaluate( {\n};\n', /bad\.ts:[34]: /],
    ['no default export', 'export const x = 1;\n', /bad\.ts: found default export undefined, expected a strategy/],
    ['a default export that is a number', 'export default 7;\n', /found default export number/],
    ['no evaluate', "export default { name: 'x', version: '1', memory: {}, parameters: () => null };\n",
      /found no evaluate, expected a function/],
    ['it throws when it is loaded', "throw new Error('not today');\n", /bad\.ts cannot be loaded: not today/],
    ['it reads the clock', `\n${source('memory.n = Date.now()')}`, /bad\.ts:5: Date: a strategy has no clock/],
    ['it imports a module of Node', `import { readFileSync } from 'node:fs';\n${source('')}`,
      /bad\.ts:1: import 'node:fs': only relative files/],
    ['it imports what is not there', `import { x } from './none.ts';\n${source('void x')}`,
      /bad\.ts:1: import '\.\/none\.ts': there is no file/],
    ['its parameters throw', source('').replace('() => null', "() => { throw new Error('no size'); }"),
      /strategies\[0\] \(bad\): parameters: no size/],
    ['memory of text', source('', "{ note: 'text' as never }"), /memory\.note: found "text", expected a number or \{ length \}/],
    ['memory without end', source('', '{ big: { length: 1e12 } }'), /memory\.big: found length 1000000000000, expected/],
    ['memory of less than nothing', source('', '{ big: { length: -1 } }'), /memory\.big: found length -1, expected/],
    ['memory that begins as NaN', source('', '{ n: NaN }'), /memory\.n: found NaN, expected a number/],
  ])('%s', async (_what, text, message) => {
    place.write('bad.ts', text);
    const config = place.configure((it) => { it['strategies'] = [{ id: 'bad', module: 'bad.ts', instruments: ['btc-usd'] }]; });
    const end = await commands.run('tcxd', '--config', config, '--for', '1s');
    expect([end.code, end.out]).toEqual([2, '']);
    expect(end.err).toMatch(message);
    expect(end.err).not.toMatch(/\n\s+at /);
    expect(place.journals()).toEqual([]);
  });

  test('other content than recorded is refused, both hashes named; the comparison decides when told to', async () => {
    const edit = (step: number): void => {
      place.write('mine.ts', source(`memory.n += ${step}; intents.submit(0, Side.Buy, 500000 + memory.n, 100)`));
    };
    edit(1);
    const config = place.configure((it) => {
      it['strategies'] = [{ id: 'mine', module: 'mine.ts', instruments: ['btc-usd'], cadence: { onTopPrice: true, onControl: false } }];
    });
    const daemon = place.start(config);
    const venue = await ScriptedVenue.link(await linkPort(daemon), place.token);
    venue.snapshot();
    await venue.settled();
    await daemon.ending();
    const [journal] = place.journals();
    edit(2);
    const refused = await commands.replay(journal!);
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toMatch(/strategy mine: the journal has bad 1 with content [0-9a-f]{64}, here is bad 1 with [0-9a-f]{64}/);
    const tried = await commands.replay(journal!, '--allow-different-build');
    expect(tried.code).toBe(1);
    expect(tried.out).toMatch(/DIVERGENT {2}position \d+ IntentDenied\.price: expected 500001, found 500002/);
  });
});
