import { describe, expect, it } from 'vitest';
import { add, MONOREPO, SHOP_11, SHOP_12, type Files } from './workspaces.js';

describe('nest add nestjs-tsmon', () => {
  it('imports TsmonModule in the root module and enables the shutdown hooks in main.ts', () => {
    const { files, changed, log } = add(SHOP_12);
    expect(changed).toEqual(['package.json', 'src/app.module.ts', 'src/main.ts']);
    expect(files['src/app.module.ts']).toBe(`import { Module } from '@nestjs/common';
import { TsmonModule } from 'nestjs-tsmon';
import { Shop } from './shop.js';

@Module({
  imports: [TsmonModule.forRoot()],
  controllers: [Shop],
})
export class AppModule {}
`);
    expect(files['src/main.ts']).toBe(
      SHOP_12['src/main.ts']!.replace(
        '(AppModule);\n',
        '(AppModule);\n  app.enableShutdownHooks();\n',
      ),
    );
    expect(log).toBe('');
  });

  it.each([
    ['11', SHOP_11, '^6.1.0'],
    ['12', SHOP_12, '^12.0.0'],
  ])('adds the packages that fit Nest %s, in order', (_, shop, schedule) => {
    const { files } = add(shop);
    const { dependencies } = JSON.parse(files['package.json']!) as { dependencies: Files };
    expect(dependencies).toMatchObject({
      '@google-cloud/datastore': '^10.1.0',
      '@nestjs/schedule': schedule,
      'google-auth-library': '^10.5.0',
    });
    expect(Object.keys(dependencies)).toEqual(Object.keys(dependencies).toSorted());
  });

  it('believes the Nest that is installed more than the range in package.json', () => {
    const shop = {
      ...SHOP_12,
      'package.json': '{ "dependencies": { "@nestjs/core": "catalog:" } }',
      'node_modules/@nestjs/core/package.json': '{ "version": "11.2.10" }',
    };
    expect(add(shop).files['package.json']).toContain('"@nestjs/schedule": "^6.1.0"');
  });

  it('refuses another Nest before it changes anything', () => {
    const shop = {
      ...SHOP_12,
      'package.json': '{ "dependencies": { "@nestjs/core": "^10.4.1" } }',
    };
    expect(() => add(shop)).toThrow(
      'nestjs-tsmon needs Nest 11 or 12, and @nestjs/core is ^10.4.1',
    );
    expect(() => add({})).toThrow('There is no package.json here.');
  });

  it('keeps the versions, the indentation and the last line break of package.json', () => {
    const text =
      '{\n    "dependencies": {\n        "@nestjs/core": "^12.0.1"\n    },\n' +
      '    "devDependencies": {\n        "@nestjs/schedule": "12.0.2"\n    }\n}';
    const after = add({ ...SHOP_12, 'package.json': text }).files['package.json']!;
    expect(after).toContain('\n        "@nestjs/core": "^12.0.1",\n');
    expect(after.match(/@nestjs\/schedule/g)).toHaveLength(1);
    expect(after).toMatch(/\n}$/);
  });

  it.each([
    ['package-lock.json', undefined],
    ['yarn.lock', 'yarn'],
    ['pnpm-lock.yaml', 'pnpm'],
    ['bun.lock', 'bun'],
  ])('installs by the package manager that made %s', (lockFile, packageManager) => {
    const { tasks } = add({ ...SHOP_12, [lockFile]: '' });
    expect(tasks).toEqual([
      { name: 'node-package', options: { command: 'install', quiet: true, packageManager } },
    ]);
  });

  it('installs nothing with --skip-install', () => {
    const { tasks, changed } = add(SHOP_12, { skipInstall: true });
    expect(tasks).toEqual([]);
    expect(changed).toContain('package.json');
  });

  it.each([SHOP_11, SHOP_12])('changes nothing when it runs again', shop => {
    const options = { platform: 'cloud-run', deploy: true } as const;
    const first = add(shop, options);
    const second = add(first.files, options);
    expect(second.changed).toEqual([]);
    expect(second.tasks).toEqual([]);
    expect(second.log).toContain('src/app.module.ts already uses TsmonModule, and stays as it is.');
  });

  it('imports TsmonModule nowhere else if another module has it', () => {
    const metrics =
      'export const metrics = TsmonModule.forRootAsync({ useFactory: () => ({}) });\n';
    const { changed } = add({ ...SHOP_12, 'src/metrics.ts': metrics });
    expect(changed).toEqual(['package.json', 'src/main.ts']);
  });

  it('is not stopped by a mention of TsmonModule, and by tests that use it', () => {
    const { changed } = add({
      ...SHOP_12,
      'src/todo.ts': '// Add TsmonModule.forRoot() some day.\n',
      'src/metrics.spec.ts': 'TsmonModule.forRoot();\n',
    });
    expect(changed).toContain('src/app.module.ts');
  });

  it('adds to the project of a monorepo that --project names, and to no other', () => {
    const { changed, files } = add(MONOREPO, { project: 'api', sourceRoot: 'apps/api/src' });
    expect(changed).toEqual(['apps/api/src/app.module.ts', 'apps/api/src/main.ts', 'package.json']);
    expect(files['apps/api/src/app.module.ts']).toContain('imports: [TsmonModule.forRoot()]');
  });

  it('adds to the project that the Nest CLI asked for, of which it gives the source root', () => {
    const { changed } = add(MONOREPO, { sourceRoot: 'apps/shop/src' });
    expect(changed).toContain('apps/shop/src/app.module.ts');
    expect(changed).not.toContain('apps/api/src/app.module.ts');
  });

  it('refuses a library, and a project that does not exist', () => {
    expect(() => add(MONOREPO, { project: 'shared' })).toThrow('"shared" is a library.');
    expect(() => add(MONOREPO, { project: 'web' })).toThrow(
      'There is no project "web" in nest-cli.json, only: shop, api, shared.',
    );
  });
});
