// What the admin interface says when it cannot do what was asked: one shape for every refusal, so that a person and a
// script read the same four facts. Never carries a stack or the content of a secret.

/** `what` went wrong, what was `found`, what was `expected`, and the `action` that mends it. */
export interface AdminProblem {
  readonly code: string;
  readonly what: string;
  readonly found: string;
  readonly expected: string;
  readonly action: string;
}

export class AdminError extends Error {
  readonly status: number;
  readonly problem: AdminProblem;
  /** Merged into the JSON beside `error`, for example the closed gates. */
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: AdminProblem, detail: Readonly<Record<string, unknown>> = {}) {
    super(`${problem.what}: found ${problem.found}, expected ${problem.expected}; ${problem.action}`);
    this.name = 'AdminError';
    this.status = status;
    this.problem = problem;
    this.detail = detail;
  }
}

const SHOWN_MAX = 120;

/** Foreign text for a message: bounded, and with control characters escaped. */
export function shown(text: string): string {
  const cut = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
  return JSON.stringify(cut);
}

export function badRequest(code: string, what: string, found: string, expected: string, action: string): AdminError {
  return new AdminError(400, { code, what, found, expected, action });
}
