import type { Expression, Node, SourceFile } from 'typescript';
import type { TypeScript } from './typescript-of-app.js';

/** A changed text, or the reason why it was left as it is. */
export type Edit = { readonly text: string } | { readonly reason: string };

export function parse(ts: TypeScript, path: string, text: string): SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** Returns the edit, or the reason why not if the changed text has an error of syntax that the text before had not. */
export function withoutNewErrors(ts: TypeScript, before: string, edit: Edit): Edit {
  const isBroken =
    'text' in edit && syntaxErrors(ts, edit.text) > 0 && syntaxErrors(ts, before) === 0;
  return isBroken ? { reason: 'the change would not have been valid TypeScript' } : edit;
}

function syntaxErrors(ts: TypeScript, text: string): number {
  return ts.transpileModule(text, { reportDiagnostics: true }).diagnostics?.length ?? 0;
}

export function inserted(text: string, position: number, addition: string): string {
  return text.slice(0, position) + addition + text.slice(position);
}

export function lineBreakOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/**
 * @param text what follows an element of a list, or a statement.
 * @returns the rest of its line, if that is a comma or nothing, and perhaps a comment; undefined if more code follows, or a
 * comment that may go on in the next line. Then a new line would not be right here.
 */
export function restOfLine(text: string): string | undefined {
  return /^,?[ \t]*(?:\/\/[^\r\n]*)?(?=[\r\n])/.exec(text)?.[0];
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
