// The gates before trading may be on (docs/concepts/sessions.md, LIV-12), as far as State knows them. Unknown counts as
// closed. The Runtime adds the ones only it can see (journal writable, replay compared).

import { FeedState } from '../../event/kinds.ts';
import type { State } from './state.ts';

/** A closed gate: its name, what it is about and why it is closed. */
export interface ClosedGate {
  readonly gate: 'session' | 'kill-switch' | 'link' | 'reconciliation' | 'feed';
  readonly subject: string;
  readonly why: string;
}

/** True when no gate is closed: what the Core itself asks when an Event wants trading on. No allocation. */
export function gatesOpen(state: State): boolean {
  const { control } = state;
  if (!control.started || control.ended || control.killed) return false;
  for (let v = 0; v < control.venues.length; v++) if (!control.venueReady(v)) return false;
  for (let i = 0; i < state.config.instruments.length; i++) {
    if (state.config.instruments[i]!.feedRequired && state.market.feeds[i]!.state !== FeedState.Valid) return false;
  }
  return true;
}

/** Every closed gate, named; empty exactly when `gatesOpen`. */
export function closedGates(state: State): ClosedGate[] {
  const { control } = state;
  const closed: ClosedGate[] = [];
  if (!control.started) closed.push({ gate: 'session', subject: 'session', why: 'not started' });
  if (control.ended) closed.push({ gate: 'session', subject: 'session', why: 'ended' });
  if (control.killed) closed.push({ gate: 'kill-switch', subject: 'session', why: 'the kill switch is set' });
  for (let v = 0; v < control.venues.length; v++) {
    const subject = state.config.venues[v]!.id;
    if (!control.venues[v]!.linked) closed.push({ gate: 'link', subject, why: 'the gateway is not linked' });
    else if (!control.venues[v]!.reconciled)
      closed.push({ gate: 'reconciliation', subject, why: 'not reconciled since the link came up' });
  }
  for (let i = 0; i < state.config.instruments.length; i++) {
    const instrument = state.config.instruments[i]!;
    const feed = state.market.feeds[i]!;
    if (!instrument.feedRequired || feed.state === FeedState.Valid) continue;
    closed.push({ gate: 'feed', subject: instrument.id, why: `feed is ${FeedState[feed.state]!.toLowerCase()}` });
  }
  return closed;
}
