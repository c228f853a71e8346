// A feed with gaps, crossed books, zero and negative sizes and unknown instruments, against the running daemon: the book
// is invalid or the link closed, nothing trades on it, a snapshot heals it, and the journal replays identical.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ErrorCode, MessageType } from '../../event/link-message.ts';
import { Commands, isBuilt, linkPort, Workplace } from './processes.fixture.ts';
import type { Child } from '../child.ts';
import { MID, ScriptedVenue } from './scripted-venue.fixture.ts';

const TIMES = { eventTime: 0, captureTime: 0 };
const GOOD = [{ price: MID - 1, quantity: 100 }];

describe.skipIf(!isBuilt)('a hostile feed', () => {
  let commands: Commands;
  let place: Workplace;
  let daemon: Child;
  let venue: ScriptedVenue;
  beforeAll(() => { commands = new Commands(); });
  afterAll(() => commands.close());
  beforeEach(async () => {
    place = new Workplace();
    daemon = place.start(place.configure());
    venue = await ScriptedVenue.link(await linkPort(daemon), place.token);
    venue.snapshot(10);
    await daemon.printed(/trading is on/);
  });
  afterEach(() => place.remove());

  /** The daemon ends in order and what it recorded replays identical. */
  async function sound(): Promise<string> {
    expect(await daemon.ending()).toMatchObject({ code: 0, signal: null });
    const replayed = await commands.replay(place.journals()[0]!);
    expect(replayed.code).toBe(0);
    expect((await commands.replay(place.journals()[0]!, '--fold')).code).toBe(0);
    return replayed.out;
  }

  function delta(bids: readonly { price: number; quantity: number }[], sequence = 0, previous = 0, instrument = 0): void {
    venue.tell(venue.encoder.bookDelta({ instrument, ...TIMES, previous, sequence, bids, asks: [] }));
  }

  async function feedState(): Promise<string> {
    await venue.settled();
    const { out } = await commands.run('tcxctl', 'feeds', '--json', '--socket', `${place.dataDir}/admin.sock`);
    return (JSON.parse(out) as { feeds: { state: string }[] }).feeds[0]!.state;
  }

  test('a gap, a sequence that runs backwards, a crossed book: invalid, a snapshot is asked for and heals it', async () => {
    venue.answering = false;
    const strikes = [() => delta(GOOD, 15, 14), () => delta(GOOD, 5, 4), () => delta([{ price: MID + 3, quantity: 100 }])];
    for (const strike of strikes) {
      venue.heard.length = 0;
      strike();
      await venue.hears(MessageType.SnapshotRequest);
      expect(await feedState()).toBe('invalid');
      venue.snapshot(20);
      expect(await feedState()).toBe('valid');
    }
    expect(await sound()).toMatch(/BookSnapshot +4\n/);
  });

  test('sizes of zero for levels that are not there, and a snapshot of nothing, are no error', async () => {
    delta([{ price: MID - 999, quantity: 0 }, { price: MID - 1, quantity: 0 }]);
    expect(await feedState()).toBe('valid');
    venue.tell(venue.encoder.bookSnapshot({ instrument: 0, ...TIMES, sequence: 11, bids: [], asks: [] }));
    await venue.settled();
    await sound();
  });

  test.each<[string, () => void, ErrorCode]>([
    ['a negative size', () => delta([{ price: MID - 1, quantity: -5 }]), ErrorCode.BadValue],
    ['an unknown instrument', () => delta(GOOD, 0, 0, 7), ErrorCode.UnknownInstrument],
  ])('%s: refused whole with the reason, and the next link heals the feed', async (_what, strike, code) => {
    strike();
    expect((await venue.hears(MessageType.LinkError)).code).toBe(code);
    await venue.closed;
    await daemon.printed(/link down: /);
    venue = await ScriptedVenue.link(await linkPort(daemon), place.token);
    venue.snapshot(30);
    expect(await feedState()).toBe('valid');
    expect(await sound()).not.toMatch(/BookDelta/);
  });

  test('reports that are orphan, duplicate, late or out of order are recorded and applied at most once', async () => {
    const { encoder } = venue;
    const unknown = 2 ** 41 + 999 * 64;
    venue.tell(encoder.orderAccepted({ orderId: unknown, ...TIMES, venueOrderId: 'x' }));
    for (let i = 0; i < 3; i += 1) {
      venue.tell(encoder.orderFilled({
        orderId: unknown, instrument: 0, side: 0, price: MID, quantity: 7, fee: 1, feeCurrency: 0, liquidity: 0, ...TIMES,
        venueOrderId: 'x', executionId: 'same',
      }));
    }
    venue.tell(encoder.orderCancelled({ orderId: unknown, reason: 0, ...TIMES }));
    venue.tell(encoder.orderReplaced({ orderId: unknown, price: 1, quantity: 1, ...TIMES, venueOrderId: '' }));
    await venue.settled();
    const { out } = await commands.run('tcxctl', 'positions', '--json', '--socket', `${place.dataDir}/admin.sock`);
    // What the Venue executed is a fact, whoever asked for it: once.
    expect((JSON.parse(out) as { positions: unknown[] }).positions[0]).toMatchObject({ quantity: '0.0007' });
    expect(await sound()).toMatch(/OrderFilled +3\n/);
  });
});
