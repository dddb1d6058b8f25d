import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { linksOf, ROOT, rowsUnder, textOf } from './readme-markdown.js';

const GUARANTEES = 'docs/guarantees.md';
const RULES = Object.entries({ R: [1, 4], F: [1, 12], T: [0, 7], H: [1, 4] }).flatMap(
  ([letter, [first = 0, last = 0]]) =>
    Array.from({ length: last - first + 1 }, (_, i) => `${letter}${first + i}`),
);

const rows = rowsUnder(textOf(GUARANTEES), 'rule').map(([rule = '', words = '', links = '']) => ({
  rule: rule.replaceAll('*', ''),
  words,
  files: linksOf(links).map(link => posix.join(posix.dirname(GUARANTEES), link)),
}));

/** Whether a spec has a test, or a group of tests, whose name carries the rule. */
function holds(file: string, rule: string): boolean {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.ES2023);
  const name = new RegExp(`^(?:[RFTH]\\d+ )*${rule} `);
  let isHeld = false;
  const visit = (node: ts.Node): void => {
    isHeld ||=
      ts.isCallExpression(node) && node.arguments.some(argument => isNamed(argument, name));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return isHeld;
}

function isNamed(argument: ts.Node, name: RegExp): boolean {
  return (
    (ts.isStringLiteralLike(argument) && name.test(argument.text)) ||
    (ts.isTemplateExpression(argument) && name.test(argument.head.text))
  );
}

describe('the guarantees', () => {
  it('are complete, in order, and described', () => {
    expect(rows.map(({ rule }) => rule)).toEqual(RULES);
    expect(rows.filter(({ words }) => words.length < 30)).toEqual([]);
  });

  it.each(rows)('$rule is linked to tests that carry its name', ({ rule, files }) => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter(file => !existsSync(`${ROOT}/${file}`))).toEqual([]);
    expect(files.filter(file => !holds(file, rule))).toEqual([]);
  });
});
