// Invariants. Always on; a broken one ends the session (docs/concepts/sessions.md). Not for operator mistakes or Venue
// conditions.

/** A broken invariant. The Runtime halts on it, once, with exit code 3. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** `message` starts with an invariant id of docs/invariants.md or with `Invariant:`, and states what must hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
