// What is written about the metrics against what there is: the reference page, the alert rules and the dashboard.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { labelNamesOf } from './exposition.ts';
import { METRICS } from './metric-table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { severity: string };
  readonly annotations: Record<string, string>;
}
interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const rules = (parse(read('ops/prometheus/tcx.rules.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const dashboard = JSON.parse(read('ops/grafana/tcx.json')) as {
  panels: Panel[];
  templating: { list: { query: unknown }[] };
};

/** Series names a scrape shows, with the label names each may carry besides those Prometheus adds. */
const shown = new Map<string, readonly string[]>(
  METRICS.flatMap((row): [string, readonly string[]][] =>
    row.source === 'histogram'
      ? [
          [`${row.name}_bucket`, ['le']],
          [`${row.name}_sum`, []],
          [`${row.name}_count`, []],
        ]
      : [[row.name, labelNamesOf(row)]],
  ),
);
// A gateway's come from its page, which is written from the code: its folder is no business of this one.
for (const [, name = '', labels = ''] of read('docs/reference/gateway-metrics.md').matchAll(/^\| `(tcx_\w+)` \| \w+ \| (.+?) \|/gm)) {
  shown.set(name, ['gateway', ...[...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label)]);
}
const added = ['instance', 'job'];

/** Every tcx_ series in an expression with the labels it is selected by. */
function selectors(expression: string): { name: string; labels: string[] }[] {
  return [...expression.matchAll(/\b(tcx_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(([, name = '', inside = '']) => ({
    name,
    labels: [...inside.matchAll(/([a-z_]+)\s*[=!~]/g)].map(([, label = '']) => label),
  }));
}

function faults(expression: string): string[] {
  return selectors(expression).flatMap(({ name, labels }) => {
    const known = shown.get(name);
    if (known === undefined) return [`${name} is not shown`];
    return labels
      .filter((label) => !known.includes(label) && !added.includes(label))
      .map((label) => `${name} has no label ${label}`);
  });
}

describe('docs/reference/metrics.md', () => {
  it('MON-4: lists every metric with its type, labels and meaning, and none besides', () => {
    const rows = [...read('docs/reference/metrics.md').matchAll(/^\| `(tcx_\w+)` \| (.+) \| (.+) \| (.+) \|$/gm)];
    const documented = rows.map(([, name, type, labels, help]) => [name, type, labels, help].join(' | ')).sort();
    const actual = METRICS.map((row) => {
      const labels = row.source === 'histogram' ? [] : labelNamesOf(row);
      return [row.name, row.type, labels.join(', ') || '–', row.help].join(' | ');
    }).sort();
    expect(documented).toEqual(actual);
  });

  it('MON-4: names no metric in its text that is not there', () => {
    const names = [...read('docs/reference/metrics.md').matchAll(/`(tcx_\w+)`/g)].map(([, name = '']) => name);
    expect(names.filter((name) => !METRICS.some((row) => row.name === name))).toEqual([]);
  });
});

describe('ops/prometheus', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    'MON-6: %s uses what is shown, has a severity and a runbook',
    (_name, rule) => {
      expect(faults(rule.expr)).toEqual([]);
      expect(selectors(rule.expr).length + Number(rule.expr.startsWith('up'))).toBeGreaterThan(0);
      expect(['critical', 'warning', 'info']).toContain(rule.labels.severity);
      expect(rule.annotations['summary']).toMatch(/\S/);
      expect(rule.annotations['runbook']).toMatch(/^docs\/runbooks\/[a-z-]+\.md$/);
    },
  );

  it.runIf(existsSync(join(root, 'docs/runbooks')))('OPS-1: every alert’s runbook is there', () => {
    const missing = rules
      .map(({ annotations }) => annotations['runbook'] ?? '')
      .filter((path) => !existsSync(join(root, path)));
    expect([...new Set(missing)]).toEqual([]);
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  it.runIf(promtool).each([
    ['check', 'config', 'prometheus.yml'],
    ['check', 'rules', 'tcx.rules.yml'],
    ['test', 'rules', 'tcx.rules.test.yml'],
  ])('MON-6: promtool %s %s %s', (...argv) => {
    const { status, stdout, stderr } = spawnSync('promtool', argv, {
      cwd: join(root, 'ops/prometheus'),
      encoding: 'utf8',
    });
    expect([status, status === 0 ? '' : `${stdout}${stderr}`]).toEqual([0, '']);
  });
});

describe('ops/grafana/tcx.json', () => {
  const targets = dashboard.panels.flatMap(({ title, targets: list = [] }) =>
    list.map(({ expr }) => [title, expr] as const),
  );

  it.each(targets)('MON-8: panel "%s" asks for what is shown: %s', (_title, expression) => {
    expect(faults(expression)).toEqual([]);
    expect(selectors(expression).length).toBeGreaterThan(0);
  });

  it('MON-8: its variables ask for what is shown', () => {
    expect(dashboard.templating.list.flatMap(({ query }) => faults(JSON.stringify(query)))).toEqual([]);
  });
});
