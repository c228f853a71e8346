// The gates before trading may be turned on, as an operator sees them: those State knows, and those only the Runtime can
// see. Unknown counts as closed; a refusal names each closed gate. Reads; changes nothing.

import type { Core } from '../core/core.ts';
import { WriterStatistic } from '../event/generated/view_generated.ts';
import type { GateReport } from '../event/operator-port.ts';

export interface RuntimeGates {
  readonly core: Core;
  /** `statistics` of the journal's writer. */
  readonly statistics: Float64Array;
  /** Why the replayed State is not known to equal the recorded one; '' when it is, or nothing was replayed. */
  readonly digestProblem: string;
  /** Why the egress is latched; '' when it is open. */
  egressProblem(): string;
}

const STATE_GATES = ['session', 'kill-switch', 'link', 'reconciliation', 'feed'] as const;

/** Every gate: one line per closed subject, one line for a gate without any. */
export function gateReports(gates: RuntimeGates): GateReport[] {
  const closed = gates.core.gates();
  const reports: GateReport[] = [];
  for (const gate of STATE_GATES) {
    const subjects = closed.filter((candidate) => candidate.gate === gate);
    if (subjects.length === 0) reports.push({ gate, open: true, detail: '' });
    for (const { subject, why } of subjects) reports.push({ gate, open: false, detail: `${subject}: ${why}` });
  }
  reports.push(own('journal', journalProblem(gates.statistics)));
  reports.push(own('digest', gates.digestProblem));
  reports.push(own('egress', gates.egressProblem()));
  return reports;
}

export function closedGates(gates: RuntimeGates): GateReport[] {
  return gateReports(gates).filter((report) => !report.open);
}

function journalProblem(statistics: Float64Array): string {
  const failure = statistics[WriterStatistic.Failure];
  return failure === 0 ? '' : `the journal cannot grow (status ${failure}); free space on its disk and restart`;
}

function own(gate: string, problem: string): GateReport {
  return { gate, open: problem === '', detail: problem };
}
