// What a recording lacked for a book, in words: the difference between a recording that holds nothing of an instrument, one
// that begins in the middle, and one with a gap. Pure.

import type { BookCount } from './market/market-desk.ts';

/** '': everything that came of the book was passed on. */
export function missingFrom({ symbol, entries, told }: BookCount): string {
  if (entries === 0) {
    return `found nothing of ${symbol}, expected its book; is it called otherwise there? tcx capture configure RECORDING --venue NAME `
      + 'names what a recording holds';
  }
  if (told === 0) {
    return `found ${entries} updates of ${symbol} and no snapshot that they follow, expected one before them; begin the recording with `
      + 'its subscription';
  }
  return told < entries
    ? `found ${entries - told} of ${entries} frames of ${symbol} that do not follow, after a gap or before a snapshot, or repeat; `
      + 'problemKinds says why'
    : '';
}
