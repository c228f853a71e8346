// Reference pages that are written from the code they describe: the Configuration from its schema, the command lines
// from their own help. `npm run reference` writes them; a test compares.

import { COMMANDS } from '../admin/command-line.ts';
import { referencePage } from '../configuration/reference.ts';
import { CAPTURE_HELP } from '../gateway/capture-commands/command-line.ts';
import { sectionTables } from '../configuration/reference-tables.ts';
import { HELP as GATEWAY_HELP } from '../gateway/command-line.ts';
import { gatewaySchema } from '../gateway/gateway-schema.ts';
import { GATEWAY_METRICS } from '../gateway/observe/metric-table.ts';
import { HELP as TCXD_HELP } from '../runtime/command-line.ts';
import { HELP as TCX_HELP } from '../tcx-command-line.ts';
import { VENUE_DEFAULTS } from '../venue-defaults.ts';

/** Path from the root → text. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference/configuration.md', referencePage()],
    ['docs/reference/cli.md', cliPage()],
    ['docs/reference/gateway-configuration.md', gatewayPage()],
    ['docs/reference/gateway-metrics.md', gatewayMetricsPage()],
  ]);
}

function cliPage(): string {
  const commands = Object.entries(COMMANDS).map(([name, { usage, help }]) => {
    const call = `tcxctl ${name} ${usage}`.trimEnd().replaceAll('|', '\\|');
    return `| \`${call}\` | ${help} |`;
  });
  return `# Command lines

Purpose: what each program accepts. What the commands of \`tcxctl\` mean: [admin-api.md](admin-api.md). Exit codes
are in [exit-codes.md](exit-codes.md). Written from the code by \`npm run reference\`; do not edit.

In a clone the programs are \`node dist/daemon/tcxd.js\`, \`node dist/daemon/tcxctl.js\`, \`node dist/daemon/tcx-gateway.js\`
and \`node dist/daemon/tcx.js\`.

## tcxd

\`\`\`text
${TCXD_HELP.trimEnd()}
\`\`\`

SIGINT and SIGTERM end the session in order; a second one ends the process at once.

## tcxctl

The socket is \`--socket\`, else \`TCX_SOCKET\`, else \`data/paper/admin.sock\`, else \`/run/tcx/admin.sock\`. \`--json\` prints
the daemon's own answer. \`--reason\` is recorded with your user name, \`--note\` with it. \`tcxctl --version\` is the
program's own, \`tcxctl version\` the daemon's.

| command | does |
|---|---|
${commands.join('\n')}

## tcx-gateway

\`\`\`text
${GATEWAY_HELP.trimEnd()}
\`\`\`

## tcx

What the commands print and mean: [capture.md](capture.md).

\`\`\`text
${TCX_HELP.trimEnd()}
\`\`\`

\`\`\`text
${CAPTURE_HELP.trimEnd()}
\`\`\`
`;
}

/** The widest file a gateway may have: every section of any Venue. */
function gatewayPage(): string {
  const venues = Object.entries(VENUE_DEFAULTS);
  const schema = gatewaySchema({
    ...VENUE_DEFAULTS.kraken, choices: Object.assign({}, ...venues.map(([, { choices }]) => choices)) as Record<string, never>,
    algorithms: [...new Set(venues.flatMap(([, { algorithms }]) => algorithms))], endpoints: {},
  });
  const rows = venues.flatMap(([name, { endpoints }]) => Object.entries(endpoints).map(([key, address]) => (
    `| \`${name}\` | \`${key}\` | \`${address}\` |`)));
  const abilities = venues.map(([name, { algorithms, choices, tiers }]) => {
    const orders = algorithms.length === 0 ? 'market data only' : `orders, \`${algorithms.join('` or `')}\``;
    const chosen = [...Object.keys(choices).map((key) => `\`market.${key}\``), ...(tiers.length === 0 ? [] : ['`orders.tier`'])];
    return `| \`${name}\` | ${orders} | ${chosen.join(', ') || '–'} |`;
  });
  const [, ...sections] = sectionTables(schema);
  return `# Gateway configuration

Purpose: every key of the file that \`tcx-gateway --config\` reads for a Venue that is dialled. How to run one:
[runbooks/gateway.md](../runbooks/gateway.md). Written from the code by \`npm run reference\`; do not edit.

The file is YAML 1.2. Unknown keys are refused, and so are keys of what the Venue does not have. Every section has a default.
Paths are relative to the file. Durations and sizes are written as in [configuration.md](configuration.md). No key holds a
secret: credentials are named by their files.

## Venues

| venue | carries | chooses |
|---|---|---|
${abilities.join('\n')}

## endpoints

Where the Venue is dialled. Each address may be replaced, by that of a test network or of a stand-in. It begins with \`wss://\`,
\`http\` with \`https://\`; without TLS only on this machine. It has no user, no query and no fragment.

| venue | key | default |
|---|---|---|
${rows.join('\n')}

${sections.join('\n')}`;
}

function gatewayMetricsPage(): string {
  const rows = GATEWAY_METRICS.map(({ name, type, labels, help }) => (
    `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ') || '–'} | ${help} |`));
  return `# Metrics of a gateway

Purpose: what \`/metrics\` of \`tcx-gateway\` shows when \`observe.port\` is set. Those of the daemon are in
[metrics.md](metrics.md). Written from the code by \`npm run reference\`; do not edit.

Every series carries the label \`gateway\`, the Venue's id. A metric of a part that a gateway does not have (no daemon, no
orders, no recording) is not shown. Values of \`kind\` and \`event\` are words of the program; at most 64 a metric, the rest is
counted as \`other\`.

| metric | type | labels | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}
