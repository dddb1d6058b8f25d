import type { CallExpression, Expression, Node, VariableDeclaration } from 'typescript';
import { specifierOf } from './import-statement.js';
import {
  firstIn,
  indentationAt,
  inserted,
  isNamed,
  lineBreakOf,
  parse,
  restOfLine,
  type Edit,
} from './source-text.js';
import type { TypeScript } from './typescript-of-app.js';

/** The root module as main.ts names it. */
export interface RootModule {
  readonly className: string;
  /** The specifier of its import, such as `./app.module.js`. Undefined if main.ts itself declares it. */
  readonly specifier: string | undefined;
}

/** @returns the module that main.ts gives to `NestFactory.create()`, or undefined if there is no such call. */
export function rootModuleIn(ts: TypeScript, text: string): RootModule | undefined {
  const file = parse(ts, 'main.ts', text);
  const [argument] = firstIn(ts, file, node => creation(ts, node))?.arguments ?? [];
  if (!argument || !ts.isIdentifier(argument)) {
    return undefined;
  }
  for (const statement of file.statements) {
    const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined;
    if (ts.isImportDeclaration(statement) && clause?.name?.text === argument.text) {
      return { className: argument.text, specifier: specifierOf(ts, statement) };
    }
    const bindings = clause?.namedBindings;
    const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
    const element = named.find(({ name }) => name.text === argument.text);
    if (element && ts.isImportDeclaration(statement)) {
      const className = (element.propertyName ?? element.name).text;
      return { className, specifier: specifierOf(ts, statement) };
    }
  }
  return { className: argument.text, specifier: undefined };
}

/** Adds a call of `enableShutdownHooks()` after the statement that creates the application. */
export function withShutdownHooks(ts: TypeScript, text: string, callArguments: string): Edit {
  const file = parse(ts, 'main.ts', text);
  if (firstIn(ts, file, node => hooksCall(ts, node))) {
    return { text };
  }
  const declaration = firstIn(ts, file, node => applicationVariable(ts, node));
  if (!declaration) {
    return { reason: 'it assigns the result of NestFactory.create() to no variable' };
  }
  const statement = declaration.parent.parent;
  const semicolon = text[statement.end - 1] === ';' ? ';' : '';
  const call = `${declaration.name.getText()}.enableShutdownHooks(${callArguments})${semicolon}`;
  const rest = restOfLine(text.slice(statement.end));
  if (rest === undefined) {
    return { text: inserted(text, statement.end, semicolon ? ` ${call}` : `; ${call}`) };
  }
  const line = lineBreakOf(text) + indentationAt(text, statement.getStart()) + call;
  return { text: inserted(text, statement.end + rest.length, line) };
}

function applicationVariable(ts: TypeScript, node: Node): VariableDeclaration | undefined {
  if (!ts.isVariableDeclaration(node) || !node.initializer || !ts.isIdentifier(node.name)) {
    return undefined;
  }
  const isApplication =
    ts.isAwaitExpression(node.initializer) && creation(ts, node.initializer.expression);
  return isApplication && ts.isVariableStatement(node.parent.parent) ? node : undefined;
}

/** @returns the node if it is a call such as `NestFactory.create()` or `NestFactory.createApplicationContext()`. */
function creation(ts: TypeScript, node: Node | Expression): CallExpression | undefined {
  return ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    isNamed(ts, node.expression.expression, 'NestFactory') &&
    node.expression.name.text.startsWith('create')
    ? node
    : undefined;
}

function hooksCall(ts: TypeScript, node: Node): Node | undefined {
  return ts.isPropertyAccessExpression(node) && node.name.text === 'enableShutdownHooks'
    ? node
    : undefined;
}
