// Is the daemon alive, and is it ready to trade? Pure functions of the shared memory and the time, so that every
// answer can be tested. One vocabulary everywhere: ok, degraded (works, with a reason), failed.

import { Counter, SESSION_PHASES } from '../event/counters.ts';
import { FEED_STATES, GATE_NAMES } from './metric-table.ts';
import type { SeriesLayout } from './series.ts';

type HealthStatus = 'ok' | 'degraded' | 'failed';
interface HealthReason {
  readonly code: string;
  readonly subject: string;
  readonly detail: string;
}
export interface HealthReport {
  readonly status: HealthStatus;
  readonly phase: string;
  readonly reasons: readonly HealthReason[];
}

export interface HealthSource {
  readonly counters: Float64Array;
  readonly series: Float64Array;
  readonly layout: SeriesLayout;
  readonly nowMs: number;
  /** The loop counts as dead when its last beat is older. */
  readonly beatMaxMs: number;
}

/** Alive: the loop beats. While warming it replays a journal and need not. */
export function liveness(source: HealthSource): HealthReport {
  const phase = phaseOf(source);
  if (phase === 'halted') return report('failed', phase, [halted]);
  const age = source.nowMs - (source.counters[Counter.BeatUnixMs] ?? 0);
  if (phase === 'warming' || age <= source.beatMaxMs) return report('ok', phase, []);
  return report('failed', phase, [
    reason('loop_silent', '', `the loop’s last sign of life is ${Math.round(age)} ms old`),
  ]);
}

/** Ready: alive, every gate open, every required part in order. Whether trading is on is the operator's choice. */
export function readiness(source: HealthSource): HealthReport {
  const live = liveness(source);
  if (live.status === 'failed') return live;
  const { counters } = source;
  const at = (index: number) => counters[index] ?? 0;
  const reasons: HealthReason[] = [];
  if (live.phase === 'warming' || live.phase === 'draining' || live.phase === 'closed') {
    reasons.push(reason('phase', live.phase, `the session is ${live.phase}`));
  }
  if (at(Counter.JournalFailure) !== 0) {
    reasons.push(reason('journal_failed', '', `the journal failed with status ${at(Counter.JournalFailure)}`));
  }
  if (at(Counter.KillSwitch) !== 0) reasons.push(reason('kill_switch', '', 'the kill switch is set'));
  if (at(Counter.EgressLatched) !== 0) reasons.push(reason('egress_latched', '', 'nothing but cancels may leave'));
  reasons.push(...gateReasons(source), ...venueReasons(source), ...feedReasons(source));
  return report(reasons.length === 0 ? 'ok' : 'degraded', live.phase, reasons);
}

const halted = reason('halted', '', 'a broken invariant halted the daemon; see docs/runbooks/halted.md');

function gateReasons(source: HealthSource): HealthReason[] {
  const closed = GATE_NAMES.filter((_, index) => seriesAt(source, 'tcx_gate_open', index) === 0);
  const count = source.counters[Counter.GatesClosed] ?? 0;
  // The names are published once a second; the count is current. When they disagree, closed wins.
  if (count === 0) return [];
  if (closed.length === 0) return [reason('gate_closed', '', `${count} gates are closed`)];
  return closed.map((gate) => reason('gate_closed', gate, `gate ${gate} is closed; see tcxctl gates`));
}

function venueReasons(source: HealthSource): HealthReason[] {
  return source.layout.labels.venue.flatMap(({ venue }, index) =>
    seriesAt(source, 'tcx_venue_link_up', index) === 1
      ? []
      : [reason('link_down', venue ?? '', `the link of venue ${venue ?? ''} is down`)],
  );
}

function feedReasons(source: HealthSource): HealthReason[] {
  return source.layout.labels.instrument.flatMap(({ instrument }, index) => {
    const state = FEED_STATES[seriesAt(source, 'tcx_feed_state', index)] ?? 'unknown';
    return state === 'valid' || source.layout.feedRequired[index] !== true
      ? []
      : [reason('feed_not_valid', instrument ?? '', `the feed of ${instrument ?? ''} is ${state}`)];
  });
}

function seriesAt({ series, layout }: HealthSource, name: string, index: number): number {
  return series[(layout.first.get(name) ?? 0) + index] ?? 0;
}

function phaseOf({ counters }: HealthSource): string {
  return SESSION_PHASES[counters[Counter.Phase] ?? 0] ?? 'warming';
}

function reason(code: string, subject: string, detail: string): HealthReason {
  return { code, subject, detail };
}

function report(status: HealthStatus, phase: string, reasons: readonly HealthReason[]): HealthReport {
  return { status, phase, reasons };
}
