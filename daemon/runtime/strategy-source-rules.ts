// Owns what a user's strategy source may not contain: anything whose value the journal does not determine. Reads syntax
// only; it is a guard against mistakes, not a sandbox against malice. Never runs the source.

import type TypeScript from 'typescript';

type Compiler = typeof TypeScript;

export interface SourceProblem {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly found: string;
  readonly advice: string;
}

const CLOCK = 'a strategy has no clock: use the Sequencing Time the evaluation is given';
const RANDOM = 'use a generator whose state is kept in the strategy memory';
const LATER = 'an evaluation ends when it returns: emit Intents before that';
const OUTSIDE = 'a strategy reads only the State it is given';
const ENGINE = 'its result depends on the engine or the locale, not on the journal';

const BANNED_GLOBALS: ReadonlyMap<string, string> = new Map([
  ['Date', CLOCK], ['performance', CLOCK], ['Temporal', CLOCK],
  ['crypto', RANDOM],
  ['setTimeout', LATER], ['setInterval', LATER], ['setImmediate', LATER], ['queueMicrotask', LATER],
  ['clearTimeout', LATER], ['clearInterval', LATER], ['clearImmediate', LATER], ['Promise', LATER],
  ['process', OUTSIDE], ['fetch', OUTSIDE], ['require', OUTSIDE], ['module', OUTSIDE], ['globalThis', OUTSIDE],
  ['global', OUTSIDE], ['navigator', OUTSIDE], ['WebSocket', OUTSIDE], ['XMLHttpRequest', OUTSIDE],
  ['Worker', OUTSIDE], ['BroadcastChannel', OUTSIDE], ['MessageChannel', OUTSIDE],
  ['SharedArrayBuffer', OUTSIDE], ['Atomics', OUTSIDE], ['eval', OUTSIDE], ['Function', OUTSIDE],
  ['WeakRef', ENGINE], ['FinalizationRegistry', ENGINE], ['Intl', ENGINE],
]);
const BANNED_MEMBERS: ReadonlySet<string> = new Set([
  'localeCompare', 'toLocaleString', 'toLocaleDateString', 'toLocaleTimeString', 'toLocaleLowerCase', 'toLocaleUpperCase',
]);

/** Every construct of the file that a replay could not reproduce, in source order. */
export function sourceProblems(compiler: Compiler, file: string, text: string): SourceProblem[] {
  const source = compiler.createSourceFile(file, text, compiler.ScriptTarget.ES2023, true);
  const problems: SourceProblem[] = [];
  const report = (node: TypeScript.Node, found: string, advice: string): void => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    problems.push({ file, line, found, advice });
  };
  for (const statement of source.statements) checkModuleStatement(compiler, statement, report);
  const visit = (node: TypeScript.Node): void => {
    if (compiler.isTypeNode(node) || compiler.isInterfaceDeclaration(node)) return;
    checkNode(compiler, node, report);
    compiler.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}

type Report = (node: TypeScript.Node, found: string, advice: string) => void;

/** Module-level variables that can be reassigned would be memory that no digest covers. */
function checkModuleStatement(compiler: Compiler, statement: TypeScript.Statement, report: Report): void {
  if (!compiler.isVariableStatement(statement)) return;
  if ((statement.declarationList.flags & compiler.NodeFlags.Const) !== 0) return;
  const names = statement.declarationList.declarations.map((declaration) => declaration.name.getText()).join(', ');
  report(statement, `module variable "${names}"`, 'keep what changes in the declared strategy memory; make constants `const`');
}

function checkNode(compiler: Compiler, node: TypeScript.Node, report: Report): void {
  if (compiler.isIdentifier(node)) {
    checkIdentifier(compiler, node, report);
  } else if (compiler.isAwaitExpression(node)) {
    report(node, 'await', LATER);
  } else if (isAsync(compiler, node)) {
    report(node, 'async function', LATER);
  } else if (compiler.isMetaProperty(node) && node.keywordToken === compiler.SyntaxKind.ImportKeyword) {
    report(node, 'import.meta', OUTSIDE);
  } else if (compiler.isCallExpression(node) && node.expression.kind === compiler.SyntaxKind.ImportKeyword) {
    report(node, 'import()', 'import at the top of the file, so that the content hash covers it');
  }
}

function isAsync(compiler: Compiler, node: TypeScript.Node): boolean {
  return compiler.isFunctionLike(node) && compiler.canHaveModifiers(node)
    && (compiler.getModifiers(node) ?? []).some((modifier) => modifier.kind === compiler.SyntaxKind.AsyncKeyword);
}

function checkIdentifier(compiler: Compiler, node: TypeScript.Identifier, report: Report): void {
  const { parent, text } = node;
  if (compiler.isPropertyAccessExpression(parent) && parent.name === node) {
    if (BANNED_MEMBERS.has(text)) report(node, `.${text}`, ENGINE);
    return;
  }
  if (isPropertyName(compiler, node)) return;
  if (text === 'Math') {
    checkMath(compiler, node, report);
    return;
  }
  const advice = BANNED_GLOBALS.get(text);
  if (advice !== undefined) report(node, text, advice);
}

/** `Math.max` is fine, `Math.random` is not, and `Math` passed around could become it. */
function checkMath(compiler: Compiler, node: TypeScript.Identifier, report: Report): void {
  const { parent } = node;
  const member = compiler.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name.text : '';
  if (member === 'random') report(node, 'Math.random', RANDOM);
  else if (member === '') report(node, 'Math without a named member', `write Math.NAME; Math.random is refused: ${RANDOM}`);
}

/** Names of members, labels and renamed imports: they read no global. */
function isPropertyName(compiler: Compiler, node: TypeScript.Identifier): boolean {
  const { parent } = node;
  if (compiler.isPropertyAssignment(parent) || compiler.isMethodDeclaration(parent)
    || compiler.isPropertyDeclaration(parent) || compiler.isPropertySignature(parent)
    || compiler.isMethodSignature(parent) || compiler.isEnumMember(parent)
    || compiler.isGetAccessorDeclaration(parent) || compiler.isSetAccessorDeclaration(parent)) {
    return parent.name === node;
  }
  if (compiler.isBindingElement(parent) || compiler.isImportSpecifier(parent) || compiler.isExportSpecifier(parent)) {
    return parent.propertyName === node;
  }
  return false;
}
