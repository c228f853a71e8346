// The direction of imports and the purity of the Core, as docs/architecture.md draws them. The compiler enforces a part
// (no Node types in pure folders); what it cannot see is checked here.

import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { allPaths, importsOf, isTest, lineOf, pathsMatching, syntaxOf, textOf, walk } from './source-tree.ts';

/** A folder and the folders it may import, besides itself. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  event: ['base'],
  core: ['base', 'event'],
  strategies: ['base', 'event', 'core'],
  binding: ['base', 'event'],
  configuration: ['base', 'event', 'core'],
  journal: ['base', 'event', 'binding'],
  ingress: ['base', 'event', 'binding'],
  admin: ['base', 'event', 'binding'],
  observe: ['base', 'event', 'binding'],
  gateway: ['base', 'event', 'binding', 'configuration'],
  venues: ['base', 'event'],
  runtime: ['base', 'event', 'core', 'strategies', 'binding'],
};

/** Inside the Core: strategy, risk and queue read State and meet only in core.ts. */
const CORE_PARTS: Readonly<Record<string, readonly string[]>> = {
  intent: [],
  state: ['intent'],
  strategy: ['intent', 'state'],
  risk: ['intent', 'state'],
  queue: ['intent', 'state'],
};

/** Packages and the folders that may import them; anything unlisted is imported nowhere. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  flatbuffers: ['event'],
  'uWebSockets.js': ['ingress', 'observe'],
  ws: ['gateway'],
  pino: ['observe', 'gateway', ''],
  'prom-client': ['observe', 'gateway'],
  systeminformation: ['observe', 'runtime'],
  typescript: ['runtime'],
  yaml: ['configuration', 'venues', ''],
  zod: ['configuration', 'admin', 'gateway', 'venues'],
};

/** No clock, no random source, no environment: what a replay could not repeat. */
const IMPURE_NAMES = new Set([
  'Date', 'performance', 'process', 'require', 'globalThis', 'setTimeout', 'setInterval', 'setImmediate',
  'queueMicrotask', 'fetch', 'crypto', 'Intl', 'Buffer', 'console', 'WeakRef', 'FinalizationRegistry', 'Atomics',
]);
const PURE = /^daemon\/(base|event|core|strategies)\/|^daemon\/venues\/[a-z0-9-]+\/(decode|encode)[a-z0-9-]*\.ts$/;

/** Cold corners of the pure folders: exact sums and text leave doubles there. */
const BIG_INTEGER_FILES = new Set([
  'daemon/base/wide.ts', 'daemon/base/decimal.ts', 'daemon/base/rfc3339.ts',
  'daemon/base/scaled.ts', 'daemon/core/risk/limits.ts', 'daemon/core/state/carry.ts',
  'daemon/core/state/control/control.ts', 'daemon/core/cold-fields.ts',
  'daemon/core/state/profit.ts',
]);
const HOT = /^daemon\/(base|core)\/|^daemon\/event\/event-view\.ts$|^daemon\/runtime\/(loop|transmit)\.ts$/;

const sources = pathsMatching(/^daemon\/.*\.ts$/).filter((path) => !isTest(path));
const folderOf = (path: string) => (path.split('/').length > 2 ? path.split('/')[1]! : '');

describe('import direction', () => {
  test('folders import only what lies to their left', () => {
    const wrong = sources.filter((path) => folderOf(path) !== '').flatMap((path) => {
      const allowed = [folderOf(path), ...(FOLDERS[folderOf(path)] ?? [])];
      return fileImports(path)
        .filter((target) => !allowed.includes(folderOf(target)))
        .map((target) => `${path} → ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  test('the Configuration knows the Core by its config type alone', () => {
    const wrong = sources.filter((path) => folderOf(path) === 'configuration').flatMap((path) => fileImports(path)
      .filter((target) => folderOf(target) === 'core' && target !== 'daemon/core/config.ts')
      .map((target) => `${path} → ${target}`));
    expect(wrong).toEqual([]);
  });

  test('a gateway knows of the Configuration only how a file is read and refused', () => {
    const tools = ['issues', 'leaves', 'problem', 'text-file', 'units', 'yaml-text'].map((name) => `daemon/configuration/${name}.ts`);
    const wrong = sources.filter((path) => folderOf(path) === 'gateway').flatMap((path) => fileImports(path)
      .filter((target) => folderOf(target) === 'configuration' && !tools.includes(target))
      .map((target) => `${path} → ${target}`));
    expect(wrong).toEqual([]);
  });

  test('inside the Core: intent ← state ← strategy, risk, queue ← core.ts', () => {
    const partOf = (path: string) => (path.split('/').length > 3 ? path.split('/')[2]! : '');
    const wrong = sources.filter((path) => path.startsWith('daemon/core/') && partOf(path) !== '').flatMap((path) => {
      const allowed = [partOf(path), ...(CORE_PARTS[partOf(path)] ?? [])];
      return fileImports(path)
        .filter((target) => target.startsWith('daemon/core/') && target !== 'daemon/core/config.ts')
        .filter((target) => !allowed.includes(partOf(target)))
        .map((target) => `${path} → ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  test('a Venue knows nothing of another Venue', () => {
    const venueOf = (path: string) => path.split('/')[2]!;
    const wrong = sources.filter((path) => folderOf(path) === 'venues').flatMap((path) => fileImports(path)
      .filter((target) => folderOf(target) === 'venues' && venueOf(target) !== venueOf(path))
      .map((target) => `${path} → ${target}`));
    expect(wrong).toEqual([]);
  });

  test('nothing imports an entry, a test or a fixture', () => {
    const entries = ['daemon/tcxd.ts', 'daemon/tcxctl.ts', 'daemon/tcx-gateway.ts', 'daemon/tcx.ts'];
    const wrong = sources.flatMap((path) => fileImports(path)
      .filter((target) => entries.includes(target) || isTest(target))
      .map((target) => `${path} → ${target}`));
    expect(wrong).toEqual([]);
  });

  test('relative imports end in .ts and name a file', () => {
    const wrong = sources.flatMap((path) => fileImports(path)
      .filter((target) => !target.endsWith('.ts') || !allPaths().includes(target))
      .map((target) => `${path} → ${target}`));
    expect(wrong).toEqual([]);
  });

  test('a package is imported only where it belongs', () => {
    const wrong = sources.flatMap((path) => packageImports(path)
      .filter((name) => !name.startsWith('node:'))
      .filter((name) => !(PACKAGES[packageOf(name)] ?? []).includes(folderOf(path)))
      .map((name) => `${path} → ${name}`));
    expect(wrong).toEqual([]);
  });

  test('only daemon/binding loads the addon', () => {
    expect(sources.filter((path) => /\.node\b['"`]/.test(textOf(path)) && folderOf(path) !== 'binding')).toEqual([]);
  });

  test('only native/binding includes the headers of Node', () => {
    const wrong = pathsMatching(/^native\/.*\.(cc|h)$/).filter((path) => {
      return !path.startsWith('native/binding/') && /#include\s*[<"](napi|node|uv|v8)[^">]*[">]/.test(textOf(path));
    });
    expect(wrong).toEqual([]);
  });
});

describe('purity', () => {
  const pure = sources.filter((path) => PURE.test(path));

  test('D3: pure folders import nothing of Node', () => {
    const wrong = pure.flatMap((path) => packageImports(path).filter((name) => name.startsWith('node:'))
      .map((name) => `${path} → ${name}`));
    expect(wrong).toEqual([]);
  });

  test('D2, D3: pure folders read no clock, no random source, no environment', () => {
    expect(pure.flatMap((path) => impureUses(path))).toEqual([]);
  });

  test('D4: nothing in the Core asks which Runtime hosts it', () => {
    const asked = /\b(isLive|isReplay|isBacktest|replaying|backtesting|runtimeMode)\b/;
    expect(pure.filter((path) => path.startsWith('daemon/core/') && asked.test(textOf(path)))).toEqual([]);
  });

  test('hot files use no BigInt', () => {
    const wrong = sources.filter((path) => HOT.test(path) && !BIG_INTEGER_FILES.has(path)).flatMap((path) => {
      const found: string[] = [];
      walk(syntaxOf(path), (node) => {
        const isCall = ts.isIdentifier(node) && node.text === 'BigInt';
        if (ts.isBigIntLiteral(node) || isCall) found.push(`${path}:${lineOf(path, node)}`);
      });
      return found;
    });
    expect(wrong).toEqual([]);
  });

  test('the native core reads no random source, and a clock only in native/clock and native/thread', () => {
    const wrong = pathsMatching(/^native\/(base|event|book|journal)\/.*\.(cc|h)$/).filter((path) => {
      return /\b(rand|srand|random_device|mt19937|getrandom)\b/.test(textOf(path))
        || (/\b(clock_gettime|gettimeofday|system_clock|steady_clock)\b/.test(textOf(path)) && !/journal/.test(path));
    });
    expect(wrong).toEqual([]);
  });
});

function fileImports(path: string): string[] {
  return importsOf(path).filter((target) => target.startsWith('daemon/') || target.startsWith('.'));
}

function packageImports(path: string): string[] {
  return importsOf(path).filter((target) => !target.startsWith('daemon/') && !target.startsWith('.'));
}

function packageOf(name: string): string {
  return name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/');
}

function impureUses(path: string): string[] {
  const found: string[] = [];
  const declared = declaredNames(path);
  walk(syntaxOf(path), (node) => {
    if (ts.isIdentifier(node) && IMPURE_NAMES.has(node.text) && isReference(node) && !declared.has(node.text)) {
      found.push(`${path}:${lineOf(path, node)} ${node.text}`);
    }
    if (ts.isPropertyAccessExpression(node) && /^Math\.random$|\.toLocale/.test(node.getText())) {
      found.push(`${path}:${lineOf(path, node)} ${node.getText()}`);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      found.push(`${path}:${lineOf(path, node)} import()`);
    }
  });
  return found;
}

/** Names the file declares itself: they are not the globals. */
function declaredNames(path: string): Set<string> {
  const found = new Set<string>();
  walk(syntaxOf(path), (node) => {
    if ((ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node)) && node.name && ts.isIdentifier(node.name)) {
      found.add(node.name.text);
    }
  });
  return found;
}

/** A member's own name (`x.process`) or a declared key is not the global. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  const declares = ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent)
    || ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent) || ts.isPropertyAssignment(parent)
    || ts.isEnumMember(parent) || ts.isParameter(parent) || ts.isImportSpecifier(parent);
  return !declares || (ts.isPropertyAssignment(parent) && parent.initializer === node);
}
