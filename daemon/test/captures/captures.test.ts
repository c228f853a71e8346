// Every recording with an oracle through decoder, adapter and desk: checksums, best prices, and books that the Events give
// as the gateway has them. `npm run verify:captures` does the same over the link to a real daemon.

import { describe, expect, test } from 'vitest';
import { runDesk } from './desk-run.ts';
import { missingOf, OKX_SOCKETS, RECORDINGS } from './recordings.ts';

/** Of the three long recordings the beginning is enough here; the known exceptions come later in them. */
const FRAMES_MAX = 20_000;

describe.each(RECORDINGS)('$name', (recording) => {
  const { expected, instruments } = recording;
  const isWhole = expected.frames <= FRAMES_MAX;

  test.skipIf(missingOf(recording) !== '')('every proof holds, and the Events give the gateway\'s copy (data in ../shared)', async () => {
    const { session, audit, frames, copies } = await runDesk(recording, { framesMax: FRAMES_MAX });
    expect(session.found).toEqual(expected.problems ?? []);
    expect(frames).toBe(Math.min(expected.frames, FRAMES_MAX));
    expect(session.counted.counts).toEqual({ verified: expected.checksums, rejected: 0, gaps: 0 });
    expect(audit).toMatchObject({ faults: 0, invalid: expected.invalid });
    expect(audit.equal).toBe(audit.compared);
    expect(audit.compared).toBeGreaterThanOrEqual(isWhole ? expected.tops.compared : 800);
    instruments.forEach((_, index) => expect(audit.levels(index)).toEqual(copies[index]));
  });
});

describe('three sockets of one feed', () => {
  const files = OKX_SOCKETS.flatMap((recording) => recording.files);
  const [recording] = OKX_SOCKETS;
  const isMissing = OKX_SOCKETS.some((socket) => missingOf(socket) !== '');
  const alone = isMissing ? Promise.resolve([]) : Promise.all(OKX_SOCKETS.map((socket) => runDesk(socket)));

  test.skipIf(isMissing).each([-1, 0, 1, 2])('cut %i: the furthest socket\'s book, never invalid (data in ../shared)', async (cut) => {
    const singles = await alone;
    const { session, audit, copies } = await runDesk(recording!, { files, cut });
    expect(session.found).toEqual([]);
    expect(audit).toMatchObject({ faults: 0, invalid: 0 });
    recording!.instruments.forEach((_, index) => {
      const seconds = singles.map((single, socket) => (socket === cut ? -1 : single.session.counted.lastSeconds[index] ?? -1));
      const furthest = seconds.indexOf(Math.max(...seconds));
      expect(copies[index]).toEqual(singles[furthest]!.copies[index]);
      expect(audit.levels(index)).toEqual(copies[index]);
    });
  });
});
