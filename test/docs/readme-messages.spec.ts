import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';
import { ROOT, textOf } from './readme-markdown.js';

// All sources are parsed, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** Stands for what varies in a message. */
const VARIES = '…';
/** Of a message this much is looked for, at least, so that what is found is no accident. */
const LEAST_LENGTH = 12;

const guide = textOf('docs/troubleshooting.md');
const quoted = [...guide.matchAll(/^> (.+)$/gm)].map(([, message]) => message!);

/** The texts of a source file, with `…` where something is put in. */
function textsOf(node: ts.Node): string[] {
  if (isText(node)) {
    return [textOfNode(node)];
  }
  const texts: string[] = [];
  ts.forEachChild(node, child => void texts.push(...textsOf(child)));
  return texts;
}

function isText(node: ts.Node): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || isSum(node);
}

function isSum(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
}

function textOfNode(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) {
    return node.text;
  }
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => VARIES + literal.text).join('');
  }
  return isSum(node) ? textOfNode(node.left) + textOfNode(node.right) : VARIES;
}

const sources = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => {
    const path = join(ROOT, 'lib', name);
    return ts.createSourceFile(name, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023);
  });
const said = new Set(sources.flatMap(textsOf));

/** Whether a quoted message is one that the library says: what varies in one may be written out in the other. */
function isSaid(message: string): boolean {
  return (
    [...said].some(text => pattern(text).test(message) && fixedLength(text) >= LEAST_LENGTH) ||
    [...said].some(text => pattern(message).test(text))
  );
}

function pattern(text: string): RegExp {
  const parts = text.split(VARIES).map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

function fixedLength(text: string): number {
  return text.replaceAll(VARIES, '').length;
}

/** The messages that are given to a logger as warnings and errors. */
function logged(source: ts.SourceFile): string[] {
  const messages: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isCallExpression(node) &&
      /\blog(?:ger)?\.(?:warn|error)(?:Once)?$/.test(node.expression.getText(source))
    ) {
      const [first] = node.arguments;
      messages.push(first && isText(first) ? textOfNode(first) : VARIES);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return messages.filter(message => fixedLength(message) >= LEAST_LENGTH);
}

describe('docs/troubleshooting.md', () => {
  it('quotes what the library says, word for word', () => {
    expect(quoted.length).toBeGreaterThan(50);
    expect(quoted.filter(message => !isSaid(message))).toEqual([]);
  });

  it('explains every warning and error of the log', () => {
    // `nest add` has no log: its warnings are seen once, in a terminal, and say themselves what to do.
    const messages = sources
      .filter(({ fileName }) => !fileName.startsWith('cli/nest-add/'))
      .flatMap(logged);
    expect(messages.length).toBeGreaterThan(20);
    const explained = (message: string): boolean =>
      quoted.some(quote => pattern(quote).test(message) || pattern(message).test(quote));
    expect(messages.filter(message => !explained(message))).toEqual([]);
  });
});
