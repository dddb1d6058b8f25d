import { describe, expect, it } from 'vitest';
import { add, mainFile, moduleFile, SHOP_12, type Files } from './workspaces.js';

const { 'src/main.ts': _main, ...WITHOUT_MAIN } = SHOP_12;
const PASTED =
  "import { TsmonModule } from 'nestjs-tsmon';\n\n@Module({ imports: [TsmonModule.forRoot()] })";

describe('where nest add does not know the layout', () => {
  it.each<[string, Files, string]>([
    [
      'main.ts is elsewhere',
      WITHOUT_MAIN,
      'the root module was not changed: there is no src/main.ts',
    ],
    [
      'main.ts gives no module to NestFactory',
      { ...SHOP_12, 'src/main.ts': 'import { boot } from "./boot.js";\nboot();\n' },
      'the root module was not changed: src/main.ts does not give a module',
    ],
    [
      'the root module is in a package',
      { ...SHOP_12, 'src/main.ts': mainFile('@acme/modules') },
      'the root module was not changed: src/main.ts does not give a module',
    ],
    [
      'the file of the root module has no @Module',
      { ...SHOP_12, 'src/app.module.ts': "export * from './shop.module.js';\n" },
      'src/app.module.ts was not changed: it has no class AppModule with @Module({ … })',
    ],
    [
      'the root module is the default export of a file without @Module',
      {
        ...SHOP_12,
        'src/main.ts': SHOP_12['src/main.ts']!.replace('{ AppModule }', 'AppModule'),
        'src/app.module.ts': "export { ShopModule as default } from './shop.module.js';\n",
      },
      'src/app.module.ts was not changed: it has no class AppModule with @Module({ … })',
    ],
    [
      'the metadata is a constant',
      { ...SHOP_12, 'src/app.module.ts': '@Module(metadata)\nexport class AppModule {}\n' },
      'src/app.module.ts was not changed: it has no class AppModule with @Module({ … })',
    ],
    [
      'imports is a constant',
      { ...SHOP_12, 'src/app.module.ts': moduleFile('  imports: MODULES,\n', './shop.js') },
      'src/app.module.ts was not changed: the imports of its @Module() are no array',
    ],
    [
      'imports is a shorthand',
      { ...SHOP_12, 'src/app.module.ts': moduleFile('  imports,\n', './shop.js') },
      'src/app.module.ts was not changed: the imports of its @Module() are no array',
    ],
    [
      'the metadata is spread',
      { ...SHOP_12, 'src/app.module.ts': moduleFile('  ...base,\n', './shop.js') },
      'src/app.module.ts was not changed: its @Module() takes properties from elsewhere',
    ],
  ])(
    'because %s, the module stays as it is, and the log says what to paste',
    (_, files, reason) => {
      const { changed, log } = add(files);
      expect(changed.filter(path => path.includes('module'))).toEqual([]);
      expect(log).toContain(reason);
      expect(log).toContain(PASTED);
      expect(changed).toContain('package.json');
    },
  );

  it.each([
    ['is returned', 'export const start = () => NestFactory.create(AppModule);\n'],
    ['is awaited inside a call', '(await NestFactory.create(AppModule)).listen(3000);\n'],
    [
      'is a promise',
      'const app = NestFactory.create(AppModule);\napp.then(one => one.listen(1));\n',
    ],
  ])('because the application %s, main.ts stays as it is, and the log says so', (_, lines) => {
    const text = `import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module.js';\n${lines}`;
    const { files, log, changed } = add({ ...SHOP_12, 'src/main.ts': text });
    expect(files['src/main.ts']).toBe(text);
    expect(log).toContain(
      'src/main.ts was not changed: it assigns the result of NestFactory.create()',
    );
    expect(log).toContain('Paste into src/main.ts:\n\napp.enableShutdownHooks();\n');
    expect(changed).toContain('src/app.module.ts');
  });

  it('finds a root module that main.ts imports as the default export', () => {
    const { files, changed } = add({
      ...SHOP_12,
      'src/main.ts': SHOP_12['src/main.ts']!.replace('{ AppModule }', 'AppModule'),
      'src/app.module.ts': SHOP_12['src/app.module.ts']!.replace('export', 'export default'),
    });
    expect(changed).toContain('src/app.module.ts');
    expect(files['src/app.module.ts']).toContain('imports: [TsmonModule.forRoot()]');
  });

  it('keeps the byte order mark and the line breaks of package.json', () => {
    const given = `\uFEFF${SHOP_12['package.json']!.replaceAll('\n', '\r\n')}`;
    const { 'package.json': text } = add({ ...SHOP_12, 'package.json': given }).files;
    expect(text).toMatch(/^\uFEFF\{\r\n/);
    expect(text!.replaceAll('\r\n', '')).not.toContain('\n');
    expect(text).toContain('"nestjs-tsmon"');
  });

  it('says what to paste of the options, too', () => {
    const files = { ...SHOP_12, 'src/app.module.ts': moduleFile('  imports,\n', './shop.js') };
    const { log, changed } = add(files, { monitor: 'debug' });
    expect(changed).toContain('src/tsmon-options.ts');
    expect(log).toContain("import { tsmonOptions } from './tsmon-options';");
    expect(log).toContain('@Module({ imports: [TsmonModule.forRoot(tsmonOptions())] })');
  });
});
