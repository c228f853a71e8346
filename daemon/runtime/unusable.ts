// An operator's mistake or an unusable input: said once, clearly, before anything is touched; exit code 2. Not for broken
// invariants and not for what a Venue does.

export class UnusableInput extends Error {
  override readonly name = 'UnusableInput';
}

/** Exit codes of tcxd; `--help` prints the table. */
export const EXIT = { ok: 0, failed: 1, unusable: 2, halted: 3 } as const;
