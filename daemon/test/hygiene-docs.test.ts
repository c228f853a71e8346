// The documentation is part of the system: links lead somewhere, every page says what it is for, the table of
// invariants is true, generated code is fresh, both languages know the same schema.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../admin/command-line.ts';
import { addon } from '../binding/addon.ts';
import { SCHEMA_HASH } from '../event/generated/schema-hash.ts';
import { GATEWAY_METRICS } from '../gateway/observe/metric-table.ts';
import { METRICS } from '../observe/metric-table.ts';
import { HELP as TCXD_HELP } from '../runtime/command-line.ts';
import { allPaths, isGenerated, pathsMatching, ROOT, textOf } from './source-tree.ts';

const FLATC_VERSION = '2.0.8';
const pages = pathsMatching(/\.md$/);

describe('links', () => {
  test('every relative link leads to a file, and its anchor to a heading', () => {
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });

  test('DOC-2: concepts define; they do not depend on how the system is operated', () => {
    const wrong = pages.filter((path) => path.startsWith('docs/concepts/')).flatMap((path) => linksOf(path)
      .filter((link) => /runbooks\/|reference\/|writing-a-strategy/.test(link))
      .map((link) => `${path} → ${link}`));
    expect(wrong).toEqual([]);
  });

  test('every page below docs/ is linked from another page', () => {
    const linked = new Set(pages.flatMap((path) => linksOf(path)
      .map((link) => posix.join(posix.dirname(path), link.split('#')[0]!))));
    expect(pages.filter((path) => path.startsWith('docs/') && !linked.has(path))).toEqual([]);
  });

  test('commands, files and folders that pages name in backquotes exist', () => {
    const wrong = pages.flatMap((path) => [...proseOf(path).matchAll(/`([a-z][\w.-]*\/[\w./-]*)`/g)]
      .map((match) => match[1]!)
      .filter((name) => /^(daemon|native|schemas|config|ops|bench|docs)\//.test(name) && !/\/mine\b/.test(name))
      .filter((name) => !existsSync(join(ROOT, name)))
      .map((name) => `${path}: ${name}`));
    expect(wrong).toEqual([]);
  });
});

describe('shape of pages', () => {
  test('DOC-4: concept, reference and runbook pages say in their first lines what they are for', () => {
    const wrong = pages.filter((path) => /^docs\/(concepts|reference|runbooks)\//.test(path)).filter((path) => {
      const [title, blank, purpose] = textOf(path).split('\n');
      return !/^# /.test(title!) || blank !== '' || !/^Purpose: /.test(purpose!);
    });
    expect(wrong).toEqual([]);
  });

  test('DOC-5: every decision has status, date, context, decision and consequences', () => {
    const decisions = pages.filter((path) => /^docs\/adr\/\d{4}-/.test(path));
    expect(decisions.length).toBeGreaterThan(0);
    const wrong = decisions.filter((path) => {
      const text = textOf(path);
      return !/^Status: (accepted|superseded by \d{4})$/m.test(text) || !/^Date: \d{4}-\d{2}-\d{2}$/m.test(text)
        || !['## Context', '## Decision', '## Consequences'].every((heading) => text.includes(`\n${heading}\n`));
    });
    expect(wrong).toEqual([]);
    const numbers = decisions.map((path) => Number(/(\d{4})-/.exec(path)![1]));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  test('OPS-2: every runbook has symptoms, checks, a recovery table and what not to do', () => {
    const wrong = pages.filter((path) => /^docs\/runbooks\/(?!README)/.test(path)).filter((path) => {
      const headings = ['## Symptoms', '## Checks', '## Recovery', '## What not to do'];
      return (
        !headings.every((heading) => textOf(path).includes(`\n${heading}\n`)) || !/^\| found \|/m.test(textOf(path))
      );
    });
    expect(wrong).toEqual([]);
  });

  test('OPS-2: commands, options and metrics that pages name exist', () => {
    const operated = pages.filter((path) =>
      /^(README\.md|docs\/(runbooks|concepts|reference\/exit)|docs\/writing)/.test(path),
    );
    const metricNames = [...METRICS, ...GATEWAY_METRICS].map(({ name }) => name);
    const wrong = operated.flatMap((path) => {
      const text = textOf(path);
      const metrics = [...text.matchAll(/\btcx_[a-z_]*[a-z]/g)].map((match) => match[0])
        .filter((name) => !metricNames.some((metric) => metric.startsWith(name.replace(/_(bucket|sum|count)$/, ''))));
      const commands = [...text.matchAll(/(?:^|`|\$ |dist\/daemon\/)tcxctl(?:\.js)? ([a-z-]+(?: (?:show|apply))?)/gm)]
        .map((match) => match[1]!).filter((name) => !Object.hasOwn(COMMANDS, name));
      const options = [...text.matchAll(/(?:^|`|dist\/daemon\/)tcxd(?:\.js)? [^`\n]*?(--[a-z-]+)/gm)]
        .map((match) => match[1]!).filter((name) => !TCXD_HELP.includes(name));
      return [...metrics, ...commands, ...options].map((name) => `${path}: ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  test('OPS-2: a command that a runbook gives runs as it is written: with its reason where it needs one', () => {
    const needing = Object.entries(COMMANDS).filter(([, { usage }]) => usage.includes('--reason')).map(([name]) => name);
    const wrong = pages.filter((path) => path.startsWith('docs/runbooks/')).flatMap((path) => (
      [...textOf(path).matchAll(/(?:^|`)tcxctl ([a-z-]+(?: apply)?)([^`\n]*)/gm)]
        .filter(([, name = '', rest = '']) => needing.includes(name) && !/--reason "[^"]+"/.test(rest))
        .map(([command]) => `${path}: ${command}`)));
    expect(wrong).toEqual([]);
  });

  test('every dependency has its line in docs/dependencies.md', () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<
      string,
      Record<string, string>
    >;
    const names = Object.keys({ ...dependencies, ...devDependencies });
    expect(names.filter((name) => !textOf('docs/dependencies.md').includes(`| \`${name}\` |`))).toEqual([]);
  });
});

describe('docs/invariants.md', () => {
  const rows = textOf('docs/invariants.md').split('\n').filter((line) => /^\| [A-Z]+\d+ \|/.test(line)).map((line) => {
    const [, id, , asserted, tested] = line.split('|').map((cell) => cell.trim());
    return { id: id!, asserted: filesOf(asserted!), tested: filesOf(tested!) };
  });

  test.each(rows)('$id is asserted where the table says and named by a test', ({ id, asserted, tested }) => {
    const named = new RegExp(`\\b${id}\\b`);
    expect(asserted.length).toBeGreaterThan(0);
    expect(tested.length).toBeGreaterThan(0);
    for (const path of asserted) expect(named.test(textOf(path)), `${path} names ${id}`).toBe(true);
    for (const path of tested)
      expect(
        testNamesOf(path).some((name) => named.test(name)),
        `a test of ${path}`,
      ).toBe(true);
  });

  test('every id in an assertion stands in the table', () => {
    const listed = new Set(rows.map(({ id }) => id));
    const used = pathsMatching(/\.(ts|cc|h)$/).flatMap((path) =>
      [...textOf(path).matchAll(/assert\([^;]*?['"`]([A-Z]{1,2}\d+): /gs)].map((match) => ({ id: match[1]!, path })),
    );
    expect(used.filter(({ id }) => !listed.has(id)).map(({ id, path }) => `${path} ${id}`)).toEqual([]);
  });
});

describe('one schema', () => {
  const installed = spawnSync('flatc', ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';

  test.skipIf(!installed.endsWith(FLATC_VERSION))(
    `generated TypeScript is fresh (needs flatc ${FLATC_VERSION})`,
    () => {
      execFileSync('node', ['ops/generate.mjs', '--check'], { cwd: ROOT, stdio: 'pipe' });
    },
  );

  test('the schema hash is that of the schemas', () => {
    const hash = createHash('sha256');
    for (const name of ['event.fbs', 'journal.fbs', 'link.fbs']) hash.update(readFileSync(join(ROOT, 'schemas', name)));
    expect(SCHEMA_HASH).toBe(hash.digest('hex'));
  });

  test('the addon was built from the same schemas', () => {
    expect(addon.schemaHash).toBe(SCHEMA_HASH);
  });

  test('generated files are marked as such', () => {
    const generated = allPaths().filter((path) => isGenerated(path) && path.endsWith('.ts'));
    expect(generated.filter((path) => !/generated|automatically/i.test(textOf(path).slice(0, 200)))).toEqual([]);
  });
});

function linksOf(path: string): string[] {
  const links = [...proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** The text without its fenced blocks. */
function proseOf(path: string): string {
  return textOf(path).replace(/^```[\s\S]*?^```$/gm, '');
}

function brokenLinks(path: string): string[] {
  return linksOf(path).filter((link) => {
    const [file, anchor] = link.split('#');
    const target = file === '' ? path : posix.join(posix.dirname(path), file!);
    if (!existsSync(join(ROOT, target))) return true;
    if (anchor === undefined || !target.endsWith('.md')) return false;
    return !headingsOf(target).includes(anchor);
  }).map((link) => `${path} → ${link}`);
}

function headingsOf(path: string): string[] {
  return [...proseOf(path).matchAll(/^#+ (.*)$/gm)].map((match) => {
    return match[1]!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
  });
}

function filesOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

function testNamesOf(path: string): string[] {
  const pattern = path.endsWith('.cc')
    ? /TEST(?:_F|_P)?\((\w+, \w+)\)|\/\/ ([A-Z]+\d+.*)/g
    : /\b(?:it|test|describe)(?:\.\w+(?:\([^']*?\))?)*\(\s*['"`]([^'"`]*)/g;
  return [...textOf(path).matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '');
}

