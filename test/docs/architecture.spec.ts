import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as mutations from '../task-numbers/model/mutations.js';
import { proseOf, ROOT, rowsUnder, textOf } from './readme-markdown.js';

const text = textOf('docs/architecture.md');
/** The page with the proof that no number is shared. */
const proof = textOf('docs/task-numbers.md');
/** What stands in backticks. */
const code = [...proseOf(text + proof).matchAll(/`([^`\n]+)`/g)].map(([, inside]) => inside!);

type House = Readonly<Record<string, readonly string[]>>;

const OF_THE_HOUSE: ReadonlySet<string> = new Set(['CORE', 'ROOT', 'BELOW_MODULE', 'MAY_IMPORT']);

/** The table that `house.spec.ts` holds the sources to. */
function houseOfTheTest(): House {
  const source = readFileSync(join(ROOT, 'test/house.spec.ts'), 'utf8');
  const statements = ts
    .createSourceFile('house.spec.ts', source, ts.ScriptTarget.ES2023, true)
    .statements.filter(ts.isVariableStatement)
    .filter(({ declarationList: { declarations } }) =>
      declarations.some(({ name }) => OF_THE_HOUSE.has(name.getText())),
    )
    .map(statement => statement.getText());
  const transpiled = ts.transpile(`${statements.join('\n')}\nreturn MAY_IMPORT;`, {
    target: ts.ScriptTarget.ES2023,
  });
  return new Function(transpiled)() as House;
}

/** The same as the page has it: "`flush` and what that may import, the root". */
function houseOfThePage(): House {
  const house: Record<string, string[]> = {};
  for (const [folder = '', , imports = ''] of rowsUnder(text, 'folder')) {
    const named = [...imports.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
    const inherited = imports.includes('and what that may import') ? house[named.at(-1)!]! : [];
    const root = imports.endsWith('the root') ? [''] : [];
    house[folder.replaceAll('`', '')] = [...named, ...inherited, ...root];
  }
  return house;
}

function sorted(house: House): House {
  return Object.fromEntries(
    Object.entries(house).map(([folder, imports]) => [folder, imports.toSorted()]),
  );
}

describe('docs/architecture.md and docs/task-numbers.md', () => {
  it('have the house that test/house.spec.ts holds the sources to', () => {
    const house = houseOfThePage();
    expect(sorted(house)).toEqual(sorted(houseOfTheTest()));
    const folders = readdirSync(join(ROOT, 'lib'), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ name }) => name);
    expect(Object.keys(house).toSorted()).toEqual(folders.toSorted());
  });

  it('name only files that exist', () => {
    const paths = code.filter(inside => /^(lib|test|sample-app|docs)\//.test(inside));
    expect(paths.length).toBeGreaterThan(15);
    expect(paths.filter(path => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('name only classes and functions that exist', () => {
    const sources = ['lib', 'test/task-numbers/model'].flatMap(folder =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter(path => path.endsWith('.ts'))
        .map(path => readFileSync(join(ROOT, folder, path), 'utf8')),
    );
    const all = sources.join('\n');
    const names = code.flatMap(inside => {
      const [, owner, method] = /^@?([A-Z]\w+)(?:\.(\w+)\(\))?$/.exec(inside) ?? [];
      const [, called] = /^@?(\w+)\(\)$/.exec(inside) ?? [];
      return [owner, method, called].filter(name => name !== undefined);
    });
    expect(names.length).toBeGreaterThan(50);
    const missing = names.filter(
      name =>
        !new RegExp(`(class|interface|type|const|function) ${name}\\b`).test(all) &&
        !new RegExp(`^ +(async |static |private )*${name}[(<]`, 'm').test(all),
    );
    expect(missing.filter(name => !OF_OTHERS.has(name))).toEqual([]);
  });

  it('name a test for each step of the proof, and a mutation for each guard', () => {
    const rows = rowsUnder(proof, 'step');
    const steps = rows.map(([step]) => step);
    expect(steps).toEqual(expect.arrayContaining(['D1', 'D2', '1', '2', '3', '4', '6', '7', '9']));
    for (const [step, , test = ''] of rows) {
      const [, path = '', title = ''] = /^`([^`]+)`: "([^"]+)"$/.exec(test) ?? [];
      expect(readFileSync(join(ROOT, path), 'utf8'), `step ${step}`).toContain(title);
    }
    const named = rows.flatMap(([, , , mutation = '']) => /^`(\w+)`/.exec(mutation)?.[1] ?? []);
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(mutations).toSorted());
  });

  it('have pictures with a text that says what they show', () => {
    const pictures = [...`${text}${proof}`.matchAll(/!\[[^\]]{20,}\]\((images\/[^)]+\.svg)\)/g)];
    expect(pictures.length).toBeGreaterThan(3);
    for (const [, path = ''] of pictures) {
      const svg = readFileSync(join(ROOT, 'docs', path), 'utf8');
      expect(svg, `picture ${path}`).toMatch(/<title id="title">.+<\/title>/);
      expect(svg, `picture ${path}`).toMatch(/<desc id="desc">.{50,}<\/desc>/);
      expect(svg, `picture ${path}`).toContain('prefers-color-scheme: dark');
    }
  });
});

/** Names of Nest, of Datastore's rows and of the environment. */
const OF_OTHERS: ReadonlySet<string> = new Set([
  'Cron',
  'Instance',
  'HousekeepingLease',
  'DATASTORE_EMULATOR_HOST',
]);
