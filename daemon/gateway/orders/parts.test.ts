// The small parts of the order desk: exact numbers, the dead-man switch on a clock of its own, requests and their time.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Action } from '../../event/kinds.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import { DeadMan } from './dead-man.ts';
import { DeskRig } from './desk-rig.fixture.ts';
import { scaleExact } from './facts.ts';
import { SECOND } from './model-venue.fixture.ts';
import { Requests } from './requests.ts';
import { ScriptedAdapter } from './scripted-adapter.fixture.ts';

describe('scaleExact', () => {
  test.each([
    ['0.1', 1, 1], ['1.0E-7', 8, 10], ['1e2', 0, 100], ['-2.50', 1, -25], ['0.00000000', 2, 0], ['-0.0', 1, 0],
    ['3.46840030000000000000', 8, 346840030], ['9007199254740991', 0, Number.MAX_SAFE_INTEGER],
  ])('%s at %i decimals', (text, scale, expected) => {
    expect(scaleExact(text, scale)).toBe(expected);
  });

  test.each([
    ['0.15', 1], ['9007199254740992', 0], ['', 2], ['1,5', 2], ['abc', 2], ['1e400', 2], ['1e999', 2], ['.5', 2], ['NaN', 2], [' 1', 2],
  ])('%j at %i decimals is refused', (text, scale) => {
    expect(scaleExact(text, scale)).toBeNaN();
  });

  test('is the integer that was written, or nothing', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n }), fc.nat(20), fc.nat(20), (value, decimals, scale) => {
      const text = `${value}e-${decimals}`;
      const shift = BigInt(scale - decimals);
      const exact = shift >= 0n ? value * 10n ** shift : value % 10n ** -shift === 0n ? value / 10n ** -shift : null;
      const scaled = scaleExact(text, scale);
      if (exact === null || !Number.isSafeInteger(Number(exact))) expect(scaled).toBeNaN();
      else expect(BigInt(scaled)).toBe(exact);
    }), { numRuns: 1000 });
  });
});

describe('the dead-man switch', () => {
  test('is due at once, then three times per period; what was confirmed counts from when it was sent', () => {
    const deadMan = new DeadMan(60);
    expect(deadMan.isDue(0)).toBe(false);
    deadMan.arm(5 * SECOND);
    expect(deadMan.isDue(5 * SECOND)).toBe(true);
    deadMan.sent(5 * SECOND);
    expect(deadMan.isDue(5 * SECOND)).toBe(false);
    expect(deadMan.due).toBe(25 * SECOND);
    deadMan.confirmed(5 * SECOND, 60);
    expect(deadMan.fuseAt).toBe(65 * SECOND);
    deadMan.release();
    expect(deadMan.due).toBe(Infinity);
    expect(deadMan.hasFired(64 * SECOND)).toBe(false);
    expect(deadMan.hasFired(65 * SECOND)).toBe(true);
    expect(deadMan.hasFired(66 * SECOND)).toBe(false);
  });

  test('that was sent and never answered may be armed', () => {
    const deadMan = new DeadMan(60);
    deadMan.arm(0);
    deadMan.sent(0);
    expect(deadMan.mayBeArmed).toBe(true);
    deadMan.confirmed(1, 0);
    expect(deadMan.mayBeArmed).toBe(false);
    expect(new DeadMan(0).mayBeArmed).toBe(false);
  });

  const seconds = (adapter: ScriptedAdapter): number[] => (
    adapter.requests.flatMap(({ request }) => (request.what === 'deadMan' ? [request.seconds] : [])));

  test('on the desk: armed while linked and ready, renewed, fired when the daemon stays away, taken back at the end', () => {
    const adapter = new ScriptedAdapter(true);
    const rig = DeskRig.open(adapter, { daemonLossGraceNs: 1000 * SECOND });
    expect(seconds(adapter)).toEqual([60]);
    adapter.answer('deadMan', AnswerClass.Done);
    rig.wait(20 * SECOND);
    expect(seconds(adapter)).toEqual([60, 60]);
    adapter.answer('deadMan', AnswerClass.Done);
    rig.unlink();
    rig.wait(59 * SECOND);
    expect(rig.desk.noted('dead-man switch fired')).toBe(0);
    rig.wait(2 * SECOND);
    expect(rig.desk.noted('dead-man switch fired')).toBe(1);
    expect(seconds(adapter)).toEqual([60, 60]);
    rig.link();
    rig.wait(1);
    expect(seconds(adapter)).toEqual([60, 60, 60]);
    adapter.answer('deadMan', AnswerClass.Done);
    rig.desk.end(rig.now);
    expect(seconds(adapter).at(-1)).toBe(0);
  });

  test('with `keep` a daemon that is away changes nothing; with live Orders and `cancel` the end cancels and leaves it armed', () => {
    const keeping = new ScriptedAdapter(true);
    const rig = DeskRig.open(keeping, { onDaemonLoss: 'keep' });
    keeping.answer('deadMan', AnswerClass.Done);
    rig.unlink();
    rig.wait(41 * SECOND);
    expect(seconds(keeping).length).toBe(3);
    const cancelling = new ScriptedAdapter(true);
    const other = DeskRig.open(cancelling);
    cancelling.answer('deadMan', AnswerClass.Done);
    other.send(Action.New, 1);
    cancelling.answer('submit', AnswerClass.Done);
    other.desk.end(other.now);
    expect(cancelling.sent().at(-1)).toBe('cancelAll');
    expect(seconds(cancelling)).not.toContain(0);
  });

  test('is not asked of a Venue that has none, or when it is not wanted', () => {
    const none = new ScriptedAdapter(false);
    DeskRig.open(none).wait(100 * SECOND);
    const unwanted = new ScriptedAdapter(true);
    DeskRig.open(unwanted, { deadManSeconds: 0 }).wait(100 * SECOND);
    expect([...seconds(none), ...seconds(unwanted)]).toEqual([]);
  });
});

describe('requests', () => {
  test('are numbered in order, expire once and stay for a late answer', () => {
    const requests = new Requests();
    const first = requests.begin({ what: 'cancelAll', orders: [] }, null, 0, 10);
    const second = requests.begin({ what: 'cancelAll', orders: [] }, null, 5, 10);
    expect([first.id, second.id, requests.nextDeadline()]).toEqual([1, 2, 10]);
    expect(requests.expire(10)).toEqual([first]);
    expect(requests.expire(10)).toEqual([]);
    expect(requests.get(1)).toBe(first);
    requests.end(first);
    expect([requests.get(1), requests.nextDeadline(), requests.count('cancelAll')]).toEqual([undefined, 15, 1]);
  });
});
