// A stand-in for the length of one test, and the clients opened on it: both end with the test, clients first. For tests and
// their beforeEach; what lives longer than a test is closed by whoever starts it.

import { onTestFinished } from 'vitest';
import { type StandInSettings, standInSettings, type StandInVenue } from './settings.ts';
import { StandIn } from './stand-in.ts';

export interface OpenSettings extends Partial<StandInSettings> {
  /** Of the background market of every instrument; 0: a market that only the client moves. */
  readonly eventsPerSecond?: number;
}

export async function openStandIn(venue: StandInVenue, given: OpenSettings = {}): Promise<StandIn> {
  const { eventsPerSecond, ...settings } = given;
  const { instruments } = standInSettings(venue, settings);
  const standIn = await StandIn.start(venue, {
    ...settings,
    instruments: eventsPerSecond === undefined ? instruments
      : instruments.map((each) => ({ ...each, flow: { ...each.flow, eventsPerSecond } })),
  });
  onTestFinished(() => standIn.close());
  return standIn;
}

export async function opened<T extends { close(): void }>(opening: T | Promise<T>): Promise<T> {
  const client = await opening;
  onTestFinished(() => { client.close(); });
  return client;
}
