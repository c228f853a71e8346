// docs/reference/admin-api.md against the routes, the commands and the codes that there are.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS, EXIT } from './command-line.ts';
import { ROUTES } from './routes.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/reference/admin-api.md', import.meta.url)), 'utf8');
const section = (title: string) => page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
const firstCells = (text: string) => [...text.matchAll(/^\| `?([^|`]+?)`? \|/gm)].map(([, cell = '']) => cell);
const codeCells = (text: string) => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = '']) => cell);

describe('docs/reference/admin-api.md', () => {
  it.each([
    ['Questions', 'GET'],
    ['Commands', 'POST'],
  ])('DOC: %s lists every %s route with its help, and none besides', (title, method) => {
    const text = section(title);
    const routes = ROUTES.filter((route) => route.method === method);
    expect(codeCells(text)).toEqual(routes.map(({ path }) => path));
    for (const { help } of routes) expect(text).toContain(`| ${help} |`);
  });

  it('DOC: lists every tcxctl command and every exit code', () => {
    const usages = Object.entries(COMMANDS).map(([name, { usage }]) => `tcxctl ${name} ${usage}`.trim());
    expect(codeCells(section('tcxctl'))).toEqual(usages);
    const codes = firstCells(section('tcxctl')).filter((cell) => /^\d$/.test(cell));
    expect(codes.map(Number)).toEqual(Object.values(EXIT));
  });

  it('DOC: lists every error code, and none besides', () => {
    const listed = [...section('Errors').matchAll(/^\| \d{3} \| .*$/gm)].flatMap(([row]) =>
      [...row.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, code = '']) => code),
    );
    const folder = fileURLToPath(new URL('.', import.meta.url));
    const sources = readdirSync(folder).filter(
      (name) => !/\.(test|fixture)\.ts$/.test(name) && name !== 'command-line.ts',
    );
    const text = sources.map((name) => readFileSync(`${folder}${name}`, 'utf8')).join('\n');
    const used = [
      ...[...text.matchAll(/code: '([a-z_]+)'/g)],
      ...[...text.matchAll(/badRequest\(\s*'([a-z_]+)'/g)],
      ...[...text.matchAll(/code: .* \? '([a-z_]+)' : '[a-z_]+'/g)],
      ...[...text.matchAll(/code: .* \? '[a-z_]+' : '([a-z_]+)'/g)],
    ].map(([, code = '']) => code);
    expect([...new Set(listed)].sort()).toEqual([...new Set(used)].sort());
  });
});
