// Turns a schema's findings into one wording: path, what was found, what was expected, and the key that was probably
// meant. For the daemon's Configuration and for the file of a gateway; knows neither.

import { z } from 'zod';
import { formatFound, formatPath, nearestKey } from './problem.ts';
import type { Path, Problem } from './problem.ts';

type Issue = z.core.$ZodIssue;
export type LineOf = (path: Path) => number;

/** One problem per finding, or per unknown key of a finding. */
export function describeIssues(schema: z.ZodType, issues: readonly Issue[], value: unknown, lineOf: LineOf): Problem[] {
  return issues.flatMap((issue) => describeIssue(schema, issue, value, lineOf));
}

function describeIssue(schema: z.ZodType, issue: Issue, value: unknown, lineOf: LineOf): Problem[] {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: formatPath([...path, key]),
      line: lineOf([...path, key]),
      message: unknownKeyMessage(key, knownKeys(schema, path, value)),
    }));
  }
  const found = valueAt(value, path);
  const expected = expectation(issue);
  const subject = found === undefined ? 'missing' : `found ${formatFound(found)}`;
  return [{ path: formatPath(path), line: lineOf(path), message: `${subject}, expected ${expected}` }];
}

function unknownKeyMessage(key: string, known: readonly string[]): string {
  const nearest = nearestKey(key, known);
  if (nearest !== null) return `unknown key, did you mean "${nearest}"?`;
  return `unknown key, expected one of ${known.join(', ')}`;
}

function expectation(issue: Issue): string {
  if (issue.code === 'custom') return String(issue.params?.['expected'] ?? issue.message);
  if (issue.code === 'invalid_type') {
    if (issue.expected === 'object' || issue.expected === 'record') return 'a group of keys';
    if (issue.expected === 'array') return 'a list';
    return issue.expected === 'string' ? 'text' : issue.expected;
  }
  if (issue.code === 'too_small') return `at least ${issue.minimum} ${issue.minimum === 1 ? 'entry' : 'entries'}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum} entries`;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_key') return 'a currency symbol like USD as the key';
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) return 'one of external, embedded';
  if (issue.code === 'invalid_union') return 'text, a number, true, false, null, a list or a group of keys';
  return issue.message;
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string | number, unknown>)[part];
  }
  return current;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly const?: unknown;
}

/** The keys the schema knows at a place; of alternatives, those the value's `type` chooses. */
function knownKeys(root: z.ZodType, path: Path, value: unknown): string[] {
  let schema = z.toJSONSchema(root, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  let current = value;
  for (const part of path) {
    const next = typeof part === 'number' ? schema.items : schema.properties?.[part];
    if (next === undefined) return [];
    current = valueAt(current, [part]);
    schema = chooseAlternative(next, current);
  }
  return Object.keys(schema.properties ?? {});
}

function chooseAlternative(schema: JsonSchema, value: unknown): JsonSchema {
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives === undefined) return schema;
  const type = valueAt(value, ['type']);
  const named = alternatives.find(({ properties }) => properties?.['type']?.const === type && type !== undefined);
  return named ?? alternatives.find(({ properties }) => properties !== undefined) ?? schema;
}
