// Owns the decision what a start does with the newest session it finds: a table over facts, looked at before anything is
// touched. The plan is printed, then acted on elsewhere. Clean start and crash start are rows of the same table.
// Never opens a file.

/** What the newest session's journal looked like when it was read through. */
export type JournalFact =
  /** There is no session at all. */
  | 'none'
  /** A session directory without journal.bin, or a journal whose first record was never written. */
  | 'unstarted'
  /** Not a tcx journal. */
  | 'foreign'
  /** A tcx journal of another format version. */
  | 'format'
  /** Written under other schemas. */
  | 'schema'
  /** A damaged record with whole records after it, or a damaged header. */
  | 'corrupt'
  /** Whole records, then an incomplete one at the end: a crash during an append. */
  | 'torn'
  | 'whole';

/** How the code and Configuration of this start differ from those the session recorded. */
export type ContentFact = 'same' | 'build' | 'strategy';
export type ConfigurationFact = 'same' | 'changeable' | 'structural';

export interface RecoveryFacts {
  readonly journal: JournalFact;
  /** The last input of the journal is SessionEnded. */
  readonly ended: boolean;
  readonly content: ContentFact;
  readonly configuration: ConfigurationFact;
  /** The operator said --new-session: leave the newest session as it is. */
  readonly newSession: boolean;
  /** The operator said --allow-different-build: try, and let the comparison of outcomes decide. */
  readonly allowDifferentBuild: boolean;
}

type RecoveryAction =
  /** Create session 1. */
  | 'begin'
  /** Create the next session; nothing to carry over. */
  | 'begin-next'
  /** Fold the ended session to its final State, then create the next one carrying it. */
  | 'carry-over'
  /** Create the next session without carrying anything; reconciliation has to account for what the Venue still holds. */
  | 'abandon'
  /** Replay, compare, complete a half-recorded step, go on in the same journal. */
  | 'resume'
  | 'refuse';

export interface RecoveryPlan {
  /** The row of the table, for logs and tests. */
  readonly label: string;
  readonly action: RecoveryAction;
  /** What will be done and why; or what stands in the way and what the operator can do. */
  readonly prose: string;
  readonly cutTornTail: boolean;
  /** Record ConfigurationChanged once recovered. */
  readonly changeConfiguration: boolean;
}

interface Row {
  readonly label: string;
  readonly when: { readonly [F in keyof RecoveryFacts]?: readonly RecoveryFacts[F][] };
  readonly action: RecoveryAction;
  readonly prose: string;
}

const readable = ['torn', 'whole'] as const;
const wayOut = 'restore it, or start the next session with --new-session (reconciliation then has to account for every Order)';

/** Exactly one row matches any facts: the test walks all of them. A fact that is not named may have any value. */
export const RECOVERY_TABLE: readonly Row[] = [
  {
    label: 'first', when: { journal: ['none'] }, action: 'begin',
    prose: 'no session yet: create the first one',
  },
  {
    label: 'unstarted', when: { journal: ['unstarted'] }, action: 'begin-next',
    prose: 'the newest session stopped before its first record: leave it, create the next one',
  },
  {
    label: 'ended', when: { journal: readable, ended: [true], newSession: [false] }, action: 'carry-over',
    prose: 'the newest session ended in order: fold it, hand kill switch, positions and P&L to the next one',
  },
  {
    label: 'abandoned', when: { journal: readable, newSession: [true] }, action: 'abandon',
    prose: '--new-session: leave the newest session as it is, create the next one with nothing carried over but the kill switch set',
  },
  {
    label: 'abandoned-unreadable', when: { journal: ['foreign', 'format', 'schema', 'corrupt'], newSession: [true] },
    action: 'abandon', prose: '--new-session: leave the unusable session as it is, create the next one with the kill switch set',
  },
  {
    label: 'foreign', when: { journal: ['foreign'], newSession: [false] }, action: 'refuse',
    prose: `the newest session's journal.bin is not a tcx journal: ${wayOut}`,
  },
  {
    label: 'format', when: { journal: ['format'], newSession: [false] }, action: 'refuse',
    prose: `the newest session's journal has another format version: resume it with the build that wrote it, or ${wayOut}`,
  },
  {
    label: 'schema', when: { journal: ['schema'], newSession: [false] }, action: 'refuse',
    prose: `the newest session's journal was written under other schemas: resume it with the build that wrote it, or ${wayOut}`,
  },
  {
    label: 'corrupt', when: { journal: ['corrupt'], newSession: [false] }, action: 'refuse',
    prose: `the newest session's journal is damaged before its end, so State cannot be trusted: ${wayOut}`,
  },
  {
    label: 'other-configuration', action: 'refuse',
    when: { journal: readable, ended: [false], newSession: [false], configuration: ['structural'] },
    prose: 'the open session was started with another set of Venues, instruments, currencies or strategies: ' +
      'start it with that Configuration and drain it first, or use --new-session',
  },
  {
    label: 'other-content', action: 'refuse',
    when: {
      journal: readable, ended: [false], newSession: [false], configuration: ['same', 'changeable'],
      content: ['build', 'strategy'], allowDifferentBuild: [false],
    },
    prose: 'the open session was written by another build or strategy: resume it with that one and drain it, ' +
      'or let the comparison of every outcome decide with --allow-different-build, or use --new-session',
  },
  {
    label: 'resume-different', action: 'resume',
    when: {
      journal: readable, ended: [false], newSession: [false], configuration: ['same', 'changeable'],
      content: ['build', 'strategy'], allowDifferentBuild: [true],
    },
    prose: '--allow-different-build: replay the open session with this code; go on only when every outcome is identical',
  },
  {
    label: 'resume', action: 'resume',
    when: {
      journal: readable, ended: [false], newSession: [false], configuration: ['same', 'changeable'], content: ['same'],
    },
    prose: 'the newest session is open: replay it, compare every outcome, complete a half-recorded step, go on in it',
  },
];

export function matchingRows(facts: RecoveryFacts): readonly Row[] {
  return RECOVERY_TABLE.filter((row) => matches(row, facts));
}

export function recoveryPlan(facts: RecoveryFacts): RecoveryPlan {
  const rows = matchingRows(facts);
  if (rows.length !== 1) {
    throw new Error(`Invariant: one recovery row for any facts; found ${rows.length} for ${JSON.stringify(facts)}`);
  }
  const row = rows[0];
  const resumes = row.action === 'resume';
  return {
    label: row.label,
    action: row.action,
    prose: row.prose,
    cutTornTail: resumes && facts.journal === 'torn',
    changeConfiguration: resumes && facts.configuration === 'changeable',
  };
}

/** The plan as the lines an operator sees before it is acted on. */
export function describePlan(plan: RecoveryPlan, sessionPath: string | null): string[] {
  const lines = [`recovery: ${plan.label}: ${plan.prose}`];
  if (sessionPath !== null) lines.push(`recovery: newest session ${sessionPath}`);
  if (plan.cutTornTail) lines.push('recovery: the incomplete record at the end will be cut');
  if (plan.changeConfiguration) lines.push('recovery: the changed Configuration will be recorded once recovered');
  return lines;
}

function matches(row: Row, facts: RecoveryFacts): boolean {
  const when = row.when as Readonly<Record<string, readonly unknown[]>>;
  const values = facts as unknown as Readonly<Record<string, unknown>>;
  return Object.keys(when).every((fact) => when[fact].includes(values[fact]));
}
