// Writes what the state query port says into the series memory, for the metrics that exist once per Venue, instrument,
// Strategy or gate. Runs on the loop's thread at most once a second, never because of a scrape; decides nothing.

import type { StatePort } from '../event/operator-port.ts';
import { FEED_STATES, GATE_NAMES, RECONCILIATION_STATES } from './metric-table.ts';
import type { Domains, SeriesLayout } from './series.ts';

export class GaugePublisher {
  readonly #series: Float64Array;
  readonly #layout: SeriesLayout;
  readonly #venues: ReadonlyMap<string, number>;
  readonly #instruments: ReadonlyMap<string, number>;
  readonly #strategies: ReadonlyMap<string, number>;
  readonly #gates: ReadonlyMap<string, number>;

  constructor(series: Float64Array, layout: SeriesLayout, domains: Domains) {
    this.#series = series;
    this.#layout = layout;
    this.#venues = indexOf(domains.venues);
    this.#instruments = indexOf(domains.instruments.map(({ id }) => id));
    this.#strategies = indexOf(domains.strategies);
    this.#gates = indexOf(GATE_NAMES);
  }

  publish(state: StatePort): void {
    const { venues, strategies, gates } = state.status();
    for (const venue of venues) {
      const index = this.#venues.get(venue.venue);
      this.#set('tcx_venue_link_up', index, venue.link === 'up' ? 1 : 0);
      this.#set('tcx_venue_reconciliation', index, RECONCILIATION_STATES.indexOf(venue.reconciliation));
      this.#set('tcx_venue_frames_received_total', index, venue.framesReceived);
      this.#set('tcx_venue_frames_refused_total', index, venue.framesRefused);
      this.#set('tcx_venue_frames_shed_total', index, venue.framesShed);
    }
    for (const strategy of strategies) {
      const index = this.#strategies.get(strategy.strategy);
      this.#set('tcx_strategy_enabled', index, strategy.enabled ? 1 : 0);
      this.#set('tcx_strategy_failures', index, strategy.failures);
    }
    this.#publishGates(gates);
    this.#publishInstruments(state);
  }

  /** Several reports may share a name (one per feed): the gate is open when all of them are. */
  #publishGates(gates: readonly { readonly gate: string; readonly open: boolean }[]): void {
    const open = GATE_NAMES.map(() => 1);
    const other = this.#gates.get('other') ?? 0;
    for (const gate of gates) {
      if (!gate.open) open[this.#gates.get(gate.gate) ?? other] = 0;
    }
    for (let index = 0; index < open.length; index += 1) this.#set('tcx_gate_open', index, open[index] ?? 0);
  }

  #publishInstruments(state: StatePort): void {
    for (const feed of state.feeds()) {
      const index = this.#instruments.get(feed.instrument);
      this.#set('tcx_feed_state', index, FEED_STATES.indexOf(feed.state));
      this.#set('tcx_feed_age_seconds', index, feed.ageNs < 0 ? -1e9 : feed.ageNs);
      this.#set('tcx_feed_dropped_total', index, feed.dropped);
    }
    for (const position of state.positions()) {
      const index = this.#instruments.get(position.instrument);
      this.#set('tcx_position_quantity', index, Number(position.quantity));
      this.#set('tcx_realised_profit', index, Number(position.realised));
      this.#set('tcx_unrealised_profit', index, Number(position.unrealised));
      this.#set('tcx_fees_paid', index, Number(position.fees));
    }
  }

  #set(name: string, index: number | undefined, value: number): void {
    const first = this.#layout.first.get(name);
    if (first !== undefined && index !== undefined) this.#series[first + index] = value;
  }
}

function indexOf(names: readonly string[]): Map<string, number> {
  return new Map(names.map((name, index) => [name, index]));
}
