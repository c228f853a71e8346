// What is written about the metrics against what there is: the reference page, the alert rules and the dashboard.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const rules = (parse(read('ops/prometheus/tcx.rules.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const dashboards = readdirSync(join(root, 'ops/grafana')).map((file) => ({
  file,
  ...(JSON.parse(read(`ops/grafana/${file}`)) as {
    uid: string;
    panels: Panel[];
    templating: { list: { name: string; query: unknown }[] };
  }),
}));

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

  it.each(rules.map((rule) => [rule.alert, rule.annotations['runbook'] ?? ''] as const))(
    'OPS-1: who is woken by %s finds its name on its runbook',
    (alert, runbook) => {
      expect(read(runbook)).toMatch(new RegExp(`\\b${alert}\\b`));
    },
  );

  it('OPS-1: runbooks name no alert that there is not', () => {
    const known = new Set(rules.map(({ alert }) => alert));
    const named = readdirSync(join(root, 'docs/runbooks')).flatMap((page) => (
      [...read(`docs/runbooks/${page}`).matchAll(/\bTcx[A-Z]\w+/g)].map(([name]) => `${page}: ${name}`)));
    expect(named.filter((line) => !known.has(line.split(': ')[1] ?? ''))).toEqual([]);
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

describe.each(dashboards)('ops/grafana/$file', ({ panels, templating }) => {
  const targets = panels.flatMap(({ title, targets: list = [] }) =>
    list.map(({ expr }) => [title, expr] as const),
  );

  it.each(targets)('MON-8: panel "%s" asks for what is shown: %s', (_title, expression) => {
    expect(faults(expression)).toEqual([]);
    expect(selectors(expression).length).toBeGreaterThan(0);
  });

  it('MON-8: its variables ask for what is shown, and every one that a panel uses is there', () => {
    expect(templating.list.flatMap(({ query }) => faults(JSON.stringify(query)))).toEqual([]);
    const used = [...JSON.stringify(panels).matchAll(/\$\{?([a-z]+)\b/g)].map(([, name = '']) => name);
    const known = templating.list.map(({ name }) => name);
    expect([...new Set(used)].filter((name) => !known.includes(name))).toEqual([]);
  });

  it('MON-8: no panel lies on another or shares its id', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => (
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`)));
    expect(new Set(cells).size).toBe(cells.length);
  });
});

it('MON-8: every metric of a gateway is on a dashboard, and no two dashboards share a uid', () => {
  const asked = new Set(dashboards.flatMap(({ panels }) => panels.flatMap(({ targets: list = [] }) =>
    list.flatMap(({ expr }) => selectors(expr).map(({ name }) => name)))));
  const ofGateways = [...shown].filter(([, labels]) => labels[0] === 'gateway').map(([name]) => name);
  expect(ofGateways.length).toBeGreaterThan(20);
  expect(ofGateways.filter((name) => !asked.has(name))).toEqual([]);
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
});
