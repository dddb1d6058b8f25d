import { inspect } from 'node:util';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { textOf } from '../docs/readme-markdown.js';
import { ALL_OPTIONS, GROUPS } from './schemas.js';

const RANGE = /^an? (?:number|integer) (?:from (\S+) to ([^\s,]+)|of at least (\S+))/;
/** A default that is a value, and no sentence. */
const LITERAL = /^(true|false|\d+(\.\d+)?|'[^']*'|\[\]|\{\})$/;

const byPath = ALL_OPTIONS.map(option => [option.path, option] as const);
const numbers = byPath.filter(([, { wanted }]) => RANGE.test(wanted));
const words = byPath.filter(([, { wanted }]) => wanted.startsWith("'"));

describe('every option', () => {
  it('is in a schema', () => {
    expect(byPath.length).toBeGreaterThan(60);
    expect(numbers.length).toBeGreaterThan(10);
    expect(words.length).toBeGreaterThan(3);
  });

  it.each(byPath)('%s of a wrong type is a TypeError that begins with its path', (path, option) => {
    const check = (): unknown => option.check(Symbol('wrong'));
    expect(check).toThrow(TypeError);
    expect(check).toThrow(`Option ${path} must be `);
    expect(check).toThrow(/, got (Symbol\(wrong\)|a value that is not shown, .*)\.$/);
  });

  it.each(byPath)('%s that is null is a TypeError: only undefined is left out', (path, option) => {
    expect(() => option.check(null)).toThrow(TypeError);
    expect(() => option.check(null)).toThrow(`Option ${path} must be `);
  });

  it.each(numbers)('%s out of range is a RangeError that names the bound', (path, option) => {
    const [, min, max, least] = RANGE.exec(option.wanted)!;
    const bounds = min === undefined ? [[least, -1]] : [[min, -1], [max, 1]]; // prettier-ignore
    for (const [bound, step] of bounds) {
      const check = (): unknown => option.check(Number(bound) + Number(step));
      expect(check).toThrow(RangeError);
      expect(check).toThrow(`Option ${path} must be ${option.wanted}, got `);
      expect(option.wanted).toContain(bound);
    }
    expect(() => option.check(NaN)).toThrow(RangeError);
  });

  it.each(words)('%s takes no word but its own', (path, option) => {
    expect(() => option.check('nonsense')).toThrow(RangeError);
    expect(() => option.check('nonsense')).toThrow(
      `Option ${path} must be ${option.wanted}, got "nonsense".`,
    );
  });

  it.each(GROUPS)('of $declaredBy is told, where another one is given', ({ schema, path }) => {
    const names = Object.keys(schema.options).join(', ');
    expect(() => schema.check({ nonsense: 1 }, path)).toThrow(TypeError);
    expect(() => schema.check({ nonsense: 1 }, path)).toThrow(
      new RegExp(`^Unknown option "nonsense" in .+; it has ${names}\\.$`),
    );
  });
});

/** The properties of an interface, with what the tag `@default` says. */
function propertiesOf(file: string, name: string): Map<string, string | undefined> {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.ES2023, true);
  const declaration = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find(one => one.name.text === name)!;
  return new Map(
    declaration.members.filter(ts.isPropertySignature).map(member => {
      const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default');
      return [member.name.getText(), tag && ts.getTextOfJSDocComment(tag.comment)];
    }),
  );
}

describe.each(GROUPS)('the docstrings of $declaredBy', ({ file, declaredBy, ...group }) => {
  const documented = propertiesOf(file, declaredBy);
  const settings = group.schema.check(group.required, group.path) as Record<string, unknown>;

  it('have the options of the schema', () => {
    expect([...documented.keys()]).toEqual(Object.keys(group.schema.options));
  });

  it('say the defaults of the schema', () => {
    const tagged = [...documented].filter(([, tag]) => tag !== undefined);
    const said = tagged.map(([name, tag]) => [name, LITERAL.test(tag!) ? tag : undefined]);
    expect(said).toEqual(tagged.map(([name]) => [name, literalOf(settings[name])]));
  });
});

/** A default as a docstring writes it; undefined where it has to say it in words. */
function literalOf(setting: unknown): string | undefined {
  const text = inspect(setting);
  return LITERAL.test(text) ? text : undefined;
}
