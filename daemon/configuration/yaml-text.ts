// YAML text to plain values, keeping where each came from. Refuses what would be read differently from how it looks:
// duplicate keys, unknown tags, several documents, numbers a double cannot hold as written.

import { isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Scalar } from 'yaml';
import { ConfigurationError } from './problem.ts';
import type { Path, Problem } from './problem.ts';
import { formatDecimal, parseDecimal } from './units.ts';

const ALIASES_MAX = 100;

interface YamlText {
  readonly value: unknown;
  /** 1-based line of the value at `path`, or of the nearest value above it. */
  lineOf(path: Path): number;
}

export function readYaml(text: string, file: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, schema: 'core' });
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    path: '',
    line: lines.linePos(error.pos[0]).line,
    message: error.message,
  }));
  problems.push(...findInexactNumbers(document, lines));
  if (problems.length > 0) throw new ConfigurationError(file, problems);
  if (document.contents === null) {
    throw new ConfigurationError(file, [{ path: '', line: 0, message: 'the file is empty, expected a configuration' }]);
  }
  return { value: toValue(document, file), lineOf: (path) => lineOf(document, lines, path) };
}

function findInexactNumbers(document: Document, lines: LineCounter): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'number' || isExact(node)) return;
      problems.push({
        path: '',
        line: lines.linePos(node.range?.[0] ?? 0).line,
        message: `found the number ${node.source ?? node.value}, which would not be kept exactly; write it in quotes`,
      });
    },
  });
  return problems;
}

function isExact(node: Scalar): boolean {
  const written = parseDecimal(node.source ?? '');
  const kept = parseDecimal(String(node.value));
  return written !== null && kept !== null && formatDecimal(written) === formatDecimal(kept);
}

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    throw new ConfigurationError(file, [{ path: '', line: 0, message: (error as Error).message }]);
  }
}

function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    if (isScalar(node)) break;
  }
  return 0;
}
