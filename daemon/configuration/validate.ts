// A plain value to an effective Configuration, or every reason why not: what the schema found first, and only then what
// does not go together.

import { findInconsistencies } from './consistency.ts';
import { describeIssues, type LineOf } from './issues.ts';
import { formatPath } from './problem.ts';
import type { Problem } from './problem.ts';
import { configurationSchema } from './schema.ts';
import type { EffectiveConfiguration } from './schema.ts';

type Validation =
  | { readonly effective: EffectiveConfiguration }
  | { readonly problems: readonly Problem[] };

export function validate(value: unknown, lineOf: LineOf = () => 0): Validation {
  const result = configurationSchema.safeParse(value);
  if (!result.success) {
    return { problems: describeIssues(configurationSchema, result.error.issues, value, lineOf) };
  }
  const found = findInconsistencies(result.data);
  if (found.length === 0) return { effective: result.data };
  return {
    problems: found.map(({ path, message }) => ({ path: formatPath(path), line: lineOf(path), message })),
  };
}
