import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { withoutNewErrors } from '../../../lib/cli/nest-add/source-text.js';
import { withImport } from '../../../lib/cli/nest-add/import-statement.js';
import { rootModuleIn, withShutdownHooks } from '../../../lib/cli/nest-add/main-file.js';
import { withModuleImport } from '../../../lib/cli/nest-add/root-module.js';
import { mainFile } from './workspaces.js';

const HEAD = "import { TsmonModule } from 'nestjs-tsmon';\n";

/** The metadata of the module AppModule after `Tsmon` was added to its imports. */
function metadataWith(metadata: string): string {
  const edit = withModuleImport(
    ts,
    `${HEAD}@Module(${metadata})\nclass AppModule {}\n`,
    'AppModule',
    'T()',
  );
  return 'text' in edit ? /@Module\((.*)\)\nclass/s.exec(edit.text)![1]! : edit.reason;
}

describe('the edit of a root module', () => {
  it.each([
    ['{}', '{ imports: [T()] }'],
    ['{ imports: [] }', '{ imports: [T()] }'],
    ["{ 'imports': [] }", "{ 'imports': [T()] }"],
    ['{ imports: [A] }', '{ imports: [A, T()] }'],
    ['{ imports: [A.forRoot({ a: [1] }), B,] }', '{ imports: [A.forRoot({ a: [1] }), B, T(),] }'],
    ['{ providers: [P] }', '{ imports: [T()], providers: [P] }'],
    ['{\n  providers: [P],\n}', '{\n  imports: [T()],\n  providers: [P],\n}'],
    [
      '{\n\timports: [\n\t\tA,\n\t\tB,\n\t],\n}',
      '{\n\timports: [\n\t\tA,\n\t\tB,\n\t\tT(),\n\t],\n}',
    ],
    ['{ imports: [\n    A\n  ] }', '{ imports: [\n    A,\n    T()\n  ] }'],
    ['{ imports: [\n    A, // a\n  ] }', '{ imports: [\n    A, // a\n    T(),\n  ] }'],
    ['{ imports: [\n    A // a\n  ] }', '{ imports: [\n    A, // a\n    T()\n  ] }'],
    [
      '{ imports: [\n    A /* a\n    b */,\n  ] }',
      '{ imports: [\n    A, T() /* a\n    b */,\n  ] }',
    ],
    ['{ imports: [\n    A\n    , \n  ] }', '{ imports: [\n    A, T()\n    , \n  ] }'],
    [
      '{ imports: [\n    A, /* a\n    b */\n  ] }',
      '{ imports: [\n    A, T(), /* a\n    b */\n  ] }',
    ],
    ['{ imports: [\n    // none\n  ] }', '{ imports: [T(),\n    // none\n  ] }'],
    [
      '{\r\n  imports: [\r\n    A,\r\n  ],\r\n}',
      '{\r\n  imports: [\r\n    A,\r\n    T(),\r\n  ],\r\n}',
    ],
  ])('keeps the layout of %j', (metadata, expected) => {
    expect(metadataWith(metadata)).toBe(expected);
  });

  it('finds the module by its name, or takes the only one', () => {
    const two = `${HEAD}@Module({})\nclass A {}\n@Module({})\nclass B {}\n`;
    expect(withModuleImport(ts, two, 'B', 'T()')).toEqual({
      text: `${HEAD}@Module({})\nclass A {}\n@Module({ imports: [T()] })\nclass B {}\n`,
    });
    expect(withModuleImport(ts, two, 'C', 'T()')).toHaveProperty('reason');
    const one = `${HEAD}@Other() @Module({})\nexport default class A {}\nclass C {}\n`;
    expect(withModuleImport(ts, one, 'C', 'T()')).toHaveProperty('text');
  });
});

describe('an edit that breaks the file', () => {
  it('is not made, unless the file was broken before', () => {
    const broken = { text: 'const a = [1 2];' };
    expect(withoutNewErrors(ts, 'const a = [1];', broken)).toEqual({
      reason: 'the change would not have been valid TypeScript',
    });
    expect(withoutNewErrors(ts, 'const a = [;', broken)).toBe(broken);
    const valid = { text: '@Module({})\nexport class A {}' };
    expect(withoutNewErrors(ts, '', valid)).toBe(valid);
  });
});

describe('a new import', () => {
  it.each([
    ["import a from 'a';\n", "import a from 'a';\nimport { T } from 't';\n"],
    ['import a from "a"\n', 'import a from "a"\nimport { T } from "t"\n'],
    [
      "import a from 'a'; // a\r\nlet b;",
      "import a from 'a'; // a\r\nimport { T } from 't';\r\nlet b;",
    ],
    [
      "import a from 'a';\nimport b from './b';\n",
      "import a from 'a';\nimport { T } from 't';\nimport b from './b';\n",
    ],
    ["import b from './b';\n", "import b from './b';\nimport { T } from 't';\n"],
    ['let a;\n', "import { T } from 't';\nlet a;\n"],
    ["import { C } from 't';\n", "import { C, T } from 't';\n"],
    ["import {\n  C,\n} from 't';\n", "import {\n  C, T,\n} from 't';\n"],
    ["import { T } from 't';\n", "import { T } from 't';\n"],
    ["import type { C } from 't';\n", "import type { C } from 't';\nimport { T } from 't';\n"],
    ["import * as t from 't';\n", "import * as t from 't';\nimport { T } from 't';\n"],
  ])('fits those of %j', (text, expected) => {
    expect(withImport(ts, text, 'T', 't')).toBe(expected);
  });

  it('of a file follows the imports of files', () => {
    const text = "import a from 'a';\nimport b from './b';\nimport c from 'c';\n";
    expect(withImport(ts, text, 'T', './t')).toBe(
      "import a from 'a';\nimport b from './b';\nimport { T } from './t';\nimport c from 'c';\n",
    );
  });
});

describe('main.ts', () => {
  it.each([
    [mainFile('./app.module.js'), { className: 'AppModule', specifier: './app.module.js' }],
    [
      "import { Root as AppModule } from './root';\nNestFactory.createApplicationContext(AppModule);",
      { className: 'Root', specifier: './root' },
    ],
    [
      'class Root {}\nconst app = NestFactory.create<App>(Root, new Adapter());',
      { className: 'Root', specifier: undefined },
    ],
    ['NestFactory.create(rootModule());', undefined],
    ['Other.create(AppModule);', undefined],
  ])('says which module is the root: %j', (text, expected) => {
    expect(rootModuleIn(ts, text)).toEqual(expected);
  });

  it.each([
    [
      '\tlet shop = await NestFactory.create(A)\r\n',
      '\tlet shop = await NestFactory.create(A)\r\n\tshop.enableShutdownHooks(x)\r\n',
    ],
    [
      'const app = await NestFactory.create<App>(A, {\n  cors: true,\n});\n',
      'const app = await NestFactory.create<App>(A, {\n  cors: true,\n});\napp.enableShutdownHooks(x);\n',
    ],
    [
      'async function b() { const app = await NestFactory.create(A); await app.listen(1); }\n',
      'async function b() { const app = await NestFactory.create(A); app.enableShutdownHooks(x); await app.listen(1); }\n',
    ],
    [
      'async function b() { const app = await NestFactory.create(A) }\n',
      'async function b() { const app = await NestFactory.create(A); app.enableShutdownHooks(x) }\n',
    ],
    [
      'const app = await NestFactory.create(A);\napp.enableShutdownHooks();\n',
      'const app = await NestFactory.create(A);\napp.enableShutdownHooks();\n',
    ],
  ])('enables the shutdown hooks once, where the application is made: %j', (text, expected) => {
    expect(withShutdownHooks(ts, text, 'x')).toEqual({ text: expected });
  });
});
