// Reference pages that are written from the code they describe: the Configuration from its schema, the command lines
// from their own help. `npm run reference` writes them; a test compares.

import { COMMANDS } from '../admin/command-line.ts';
import { referencePage } from '../configuration/reference.ts';
import { CAPTURE_HELP } from '../gateway/capture-commands/command-line.ts';
import { HELP as GATEWAY_HELP } from '../gateway/command-line.ts';
import { HELP as TCXD_HELP } from '../runtime/command-line.ts';
import { HELP as TCX_HELP } from '../tcx-command-line.ts';

/** Path from the root → text. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference/configuration.md', referencePage()],
    ['docs/reference/cli.md', cliPage()],
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
the daemon's own answer. \`--reason\` is recorded with your user name, \`--note\` with it.

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
