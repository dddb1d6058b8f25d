import type { Expression, Node, SourceFile } from 'typescript';
import type { TypeScript } from './typescript-of-app.js';

/** A changed text, or the reason why it was left as it is. */
export type Edit = { readonly text: string } | { readonly reason: string };

export function parse(ts: TypeScript, path: string, text: string): SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

export function inserted(text: string, position: number, addition: string): string {
  return text.slice(0, position) + addition + text.slice(position);
}

export function lineBreakOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** @returns the position before the line break that ends the line. */
export function endOfLine(text: string, position: number): number {
  const rest = /\r?\n|$/.exec(text.slice(position))!;
  return position + rest.index;
}

/** @returns the white space at the beginning of the line. */
export function indentationAt(text: string, position: number): string {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))![0];
}

/** @returns the first node, from the top down, for which `pick` returns something. */
export function firstIn<T>(
  ts: TypeScript,
  node: Node,
  pick: (node: Node) => T | undefined,
): T | undefined {
  return pick(node) ?? ts.forEachChild(node, child => firstIn(ts, child, pick));
}

/** @returns whether the expression is a name, such as `NestFactory`. */
export function isNamed(ts: TypeScript, expression: Expression, name: string): boolean {
  return ts.isIdentifier(expression) && expression.text === name;
}
