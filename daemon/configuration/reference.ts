// The reference page of the Configuration, written from the schema itself, so that it cannot drift: every key with its
// type, default and meaning. A test compares it with docs/reference/configuration.md.

import { sectionTables } from './reference-tables.ts';
import { configurationSchema } from './schema.ts';

const HEADER = `# Configuration

Purpose: every key of the configuration file, its type, default and meaning. What a Configuration *is* stands in
[concepts/sessions.md](../concepts/sessions.md). The page is written from the schema by \`npm run reference\`.
Do not edit it.

The file is YAML 1.2. Unknown keys are refused. A key without a default must be given. Paths are relative to the file.
Decimals are exact: a number with more digits than a double can hold must stand in quotes. A duration is a number with
\`h\`, \`min\`, \`s\`, \`ms\`, \`us\` or \`ns\`; a size one with \`GiB\`, \`MiB\`, \`KiB\` or \`B\`.

The *effective Configuration* is the file with every default filled in and every path absolute, as canonical JSON
(sorted keys, no white space). Its SHA-256 is the configuration hash; both are recorded in SessionStarted.

A running session accepts changes of \`risk\`, \`instruments[].limits\`, \`venues[].rateLimits\`, and of \`parameters\`,
\`cadence\`, \`enabled\` and \`failuresMax\` of a strategy. Any other change needs a new session and is refused by name.
`;

export function referencePage(): string {
  return `${HEADER}\n${sectionTables(configurationSchema).join('\n')}`;
}
