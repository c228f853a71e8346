// A feed with gaps, crossed books, zero and negative sizes and unknown instruments, against the running daemon: the book
// is invalid or the link closed, nothing trades on it, a snapshot heals it, and the journal replays identical.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ErrorCode, MessageType } from '../../event/link-message.ts';
import { Commands, isBuilt, linkPort, Workplace } from './processes.fixture.ts';
import type { Running } from './processes.fixture.ts';
import { MID, ScriptedVenue } from './scripted-venue.fixture.ts';

const TIMES = { eventTime: 0, captureTime: 0 };
const GOOD = [{ price: MID - 1, quantity: 100 }];

describe.skipIf(!isBuilt)('a hostile feed', () => {
  let commands: Commands;
  let place: Workplace;
  let daemon: Running;
  let venue: ScriptedVenue;
  beforeAll(() => { commands = new Commands(); });
  afterAll(() => commands.close());
  beforeEach(async () => {
    place = new Workplace();
    daemon = place.start(place.configure());
    venue = await ScriptedVenue.link(await linkPort(daemon), place.token);
    venue.snapshot(10);
    await daemon.prints(/trading is on/);
  });
  afterEach(() => place.remove());

  /** The daemon ends in order and what it recorded replays identical. */
  async function sound(): Promise<string> {
    expect(await daemon.end()).toMatchObject({ code: 0, signal: null });
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

  test.each<[string, () => void]>([
    ['a gap in the sequence', () => delta(GOOD, 15, 14)],
    ['a sequence that runs backwards', () => delta(GOOD, 5, 4)],
    ['a crossed book', () => delta([{ price: MID + 3, quantity: 100 }])],
  ])('%s: the book is invalid, a snapshot is asked for and heals it', async (_what, strike) => {
    venue.answering = false;
    strike();
    await venue.hears(MessageType.SnapshotRequest);
    expect(await feedState()).toBe('invalid');
    venue.snapshot(20);
    expect(await feedState()).toBe('valid');
    expect(await sound()).toMatch(/BookSnapshot +2\n/);
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
    await daemon.prints(/link down: /);
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
      venue.tell(
        encoder.orderFilled({
          orderId: unknown,
          instrument: 0,
          side: 0,
          price: MID,
          quantity: 7,
          fee: 1,
          feeCurrency: 0,
          liquidity: 0,
          ...TIMES,
          venueOrderId: 'x',
          executionId: 'same',
        }),
      );
    }
    venue.tell(encoder.orderCancelled({ orderId: unknown, reason: 0, ...TIMES }));
    venue.tell(encoder.orderReplaced({ orderId: unknown, price: 1, quantity: 1, ...TIMES, venueOrderId: '' }));
    await venue.settled();
    const { out } = await commands.run('tcxctl', 'positions', '--json', '--socket', `${place.dataDir}/admin.sock`);
    expect(out).toMatch(/"fills":[01]\b|"fillCount":[01]\b|"quantity":"?0/);
    expect(await sound()).toMatch(/OrderFilled +3\n/);
  });
});
