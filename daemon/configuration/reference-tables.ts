// Tables of a reference page, written from a schema: every key with its type, default and meaning.

import { z } from 'zod';

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

/** One section per key of the schema's top level. */
export function sectionTables(schema: z.ZodType): string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node;
  return Object.entries(root.properties!).map(([name, node]) => sectionText(name, node));
}

function sectionText(name: string, node: Node): string {
  const inner = unwrapNullable(node);
  const title = node.items === undefined ? name : `${name}[]`;
  if (inner.kind !== undefined) {
    return `## ${title}\n\n${node.description ?? ''}\n\nType: ${typeText(node)}. Default: ${defaultText(node)}.\n`;
  }
  const rows: string[] = [];
  collectRows(inner.items ?? inner, '', rows);
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
