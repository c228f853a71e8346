// The reference page of the Configuration, written from the schema itself, so that it cannot drift: every key with its
// type, default and meaning. A test compares it with docs/reference/configuration.md.

import { z } from 'zod';
import { configurationSchema } from './schema.ts';

interface Node {
  readonly kind?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

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
  const root = z.toJSONSchema(configurationSchema, { io: 'input', unrepresentable: 'any' }) as Node;
  const sections = Object.entries(root.properties!).map(([name, node]) => sectionText(name, node));
  return `${HEADER}\n${sections.join('\n')}`;
}

function sectionText(name: string, node: Node): string {
  const rows: string[] = [];
  const title = node.items === undefined ? name : `${name}[]`;
  collectRows(node.items ?? node, '', rows);
  const table = ['| key | type | default | meaning |', '|---|---|---|---|', ...rows];
  return `## ${title}\n\n${node.description ?? ''}\n\n${table.join('\n')}\n`;
}

function collectRows(node: Node, prefix: string, rows: string[]): void {
  for (const [name, member] of Object.entries(node.properties ?? {})) collectKey(`${prefix}${name}`, member, rows);
}

function collectKey(key: string, node: Node, rows: string[]): void {
  const inner = unwrapNullable(node);
  const meaning = cell(node.description ?? inner.description ?? '');
  rows.push(`| \`${key}\` | ${typeText(node)} | ${defaultText(node)} | ${meaning} |`);
  if (inner.kind !== undefined) return;
  for (const alternative of inner.oneOf ?? []) collectRows(omitType(alternative), `${key}.`, rows);
  if (inner.items?.properties !== undefined) collectRows(inner.items, `${key}[].`, rows);
  collectRows(inner, `${key}.`, rows);
}

function typeText(node: Node): string {
  const inner = unwrapNullable(node);
  const nullable = inner === node ? '' : ' or null';
  return cell(`${innerTypeText(inner)}${nullable}`);
}

function innerTypeText(node: Node): string {
  if (node.kind !== undefined) return node.kind;
  if (node.items !== undefined) return `list of ${innerTypeText(node.items)}`;
  if (node.oneOf !== undefined) {
    const names = node.oneOf.map(({ properties }) => `\`type: ${String(properties?.['type']?.const)}\``);
    return `group, ${names.join(' or ')}`;
  }
  return node.properties === undefined ? node.type ?? 'value' : 'group';
}

function defaultText(node: Node): string {
  if (node.default === undefined) return 'required';
  const empty = typeof node.default === 'object' && node.default !== null && Object.keys(node.default).length === 0;
  if (empty && node.properties !== undefined) return 'as below';
  return cell(`\`${JSON.stringify(node.default)}\``);
}

/** `null` or something: the something. */
function unwrapNullable(node: Node): Node {
  const others = node.anyOf?.filter((alternative) => alternative.type !== 'null');
  return others?.length === 1 ? others[0]! : node;
}

function omitType(node: Node): Node {
  const entries = Object.entries(node.properties ?? {}).filter(([name]) => name !== 'type');
  return { ...node, properties: Object.fromEntries(entries) };
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
