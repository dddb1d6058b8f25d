import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestProcess } from './support/processes.js';
import {
  ROOT,
  FILES,
  ENTRIES,
  OF_ALL,
  OF_COMMAND,
  OF_PAGE,
  MONITORS,
  appOf,
  manifest,
  loadedLate,
  packedPaths,
  packagesOf,
  exportsOf,
  packagesLoadedBy,
  ourFiles,
  pathsLoadedBy,
  bundled,
  evaluate,
} from './packed.js';

describe('the package', () => {
  it('holds dist, lib, README, LICENSE, CHANGELOG and UPGRADING, and nothing else', () => {
    const paths = packedPaths();
    expect(paths.filter(path => !/^(dist|lib)\//.test(path)).toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'UPGRADING.md',
      'package.json',
    ]);
    expect(paths.filter(path => /spec|\.tsbuildinfo$|^dist\/.*(?<!\.d)\.ts$/.test(path))).toEqual(
      [],
    );
  });

  it('holds no code but what its entry points load, the status page and the command', () => {
    const code = packedPaths().filter(path => /^dist\/.*\.js$/.test(path));
    const loaded = [...new Set(Object.values(FILES).flat()), OF_PAGE];
    const ofLibrary = loaded.flatMap(name => [`dist/${name}`, `dist/cjs/${name}`]);
    const ofCommand = OF_COMMAND.map(name => `dist/${name}`);
    expect(code.toSorted()).toEqual([...ofLibrary, ...ofCommand].toSorted());
  });

  it('has the command as a program for Node, which loads no library before it knows what to do', async () => {
    const [file = ''] = Object.values(manifest().bin);
    expect(readFileSync(join(ROOT, file), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const loaded = await pathsLoadedBy(`import(${JSON.stringify(join(ROOT, file))})`);
    expect(ourFiles(loaded)).toEqual(['cli/main.js']);
    expect(loaded.filter(path => path.includes('node_modules'))).toEqual([]);
  });

  it('has the schematic that `nest add` runs, in one CommonJS file that requires only Node', () => {
    const collection = join(ROOT, String(manifest().schematics));
    const { schematics } = JSON.parse(readFileSync(collection, 'utf8')) as {
      schematics: Record<string, { factory: string; schema: string }>;
    };
    const { factory, schema } = schematics['nest-add']!;
    const [file = '', name = ''] = factory.split('#');
    const paths = [file, schema].map(path => relative(ROOT, join(dirname(collection), path)));
    expect(packedPaths()).toEqual(expect.arrayContaining(paths));
    const required = [
      ...readFileSync(join(ROOT, paths[0]!), 'utf8').matchAll(/require\("(.+?)"\)/g),
    ];
    expect(required.map(([, specifier]) => specifier)).toEqual(['node:path', 'node:module']);
    expect(createRequire(import.meta.url)(join(ROOT, paths[0]!))[name]).toBeTypeOf('function');
  });

  it('has source maps that point at files of the package', () => {
    const paths = packedPaths();
    const maps = paths.filter(path => path.endsWith('.js.map'));
    const sources = maps.flatMap(path => {
      const map = JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as { sources: string[] };
      return map.sources.map(source => join(dirname(path), source));
    });
    expect(sources.length).toBeGreaterThan(maps.length);
    const missing = sources.filter(path => path.startsWith('lib/') && !paths.includes(path));
    expect(missing).toEqual([]);
  });

  it('has no declarations of what CommonJS cannot load', () => {
    expect(packedPaths().filter(path => path.startsWith('dist/cjs/cli'))).toEqual([]);
  });

  it.each(ENTRIES)('%s has the same exports as CommonJS, for Jest', async entry => {
    const path = join(ROOT, 'dist/cjs', FILES[entry]![0]!);
    expect(await exportsOf(`Promise.resolve(require(${JSON.stringify(path)}))`)).toEqual(
      await exportsOf(`import('${entry}')`),
    );
  });

  it('works as CommonJS, with one state for both kinds of modules', async () => {
    const path = JSON.stringify(join(ROOT, 'dist/cjs/entry'));
    expect(
      await evaluate(`(async () => {
        const { Counter } = await import('nestjs-tsmon');
        const { createTestingTsmon } = require(${path} + '/testing.js');
        const { NestFactory } = await import('@nestjs/core');
        const tsmon = createTestingTsmon();
        const app = await NestFactory.createApplicationContext(tsmon.module, { logger: false });
        new Counter('shop/orders', { description: 'Orders placed.' }).add(3);
        await tsmon.flush();
        await app.close();
        return [tsmon.sent('shop/orders'), require(${path} + '/index.js').Counter === Counter];
      })()`),
    ).toEqual([3, false]);
  });

  it.each(ENTRIES)('%s has declarations that name no optional package', entry => {
    const packages = packagesOf(join(ROOT, 'dist', FILES[entry]![0]!.replace('.js', '.d.ts')));
    const named = packages.filter(
      name => !/^(@nestjs\/(common|core)(\/.+)?|rxjs|node:.+)$/.test(name),
    );
    expect(named).toEqual([]);
  });

  it('has declarations whose packages are found', () => {
    expect(packagesOf(join(ROOT, 'dist/entry/index.d.ts'))).toContain('@nestjs/common');
  });

  it.each(ENTRIES)('%s exports the same to import and require in plain Node', async entry => {
    const imported = await exportsOf(`import('${entry}')`);
    expect(imported.length).toBeGreaterThan(0);
    expect(await exportsOf(`Promise.resolve(require('${entry}'))`)).toEqual(imported);
  });

  it.each(Object.entries(FILES))('%s loads %j and no other file', async (entry, files) => {
    const loaded = await pathsLoadedBy(`import('${entry}')`);
    expect(ourFiles(loaded)).toEqual(files.toSorted());
  });

  it('loads a monitor that is named as an option when the application starts', async () => {
    for (const [name, options] of Object.entries(MONITORS)) {
      const module = `TsmonModule.forRoot({ monitor: ${JSON.stringify({ [name]: options })} })`;
      const loaded = await pathsLoadedBy(`(async () => {
        const { TsmonModule } = await import('nestjs-tsmon');
        const { NestFactory } = await import('@nestjs/core');
        const app = await NestFactory.createApplicationContext(${module}, { logger: false });
        await app.close();
      })()`);
      const entry = `nestjs-tsmon/${name === 'prodx' ? name : 'cloud-monitoring'}`;
      const [, ...files] = FILES[entry]!;
      expect(ourFiles(loaded)).toEqual(['entry/index.js', ...files].toSorted());
    }
  });

  it('has no monitor but the debug monitor in the file that all applications load', () => {
    const { sources } = JSON.parse(readFileSync(join(ROOT, `${OF_ALL}.map`), 'utf8'));
    const monitors = (sources as string[]).filter(path => /monitors\/.+\//.test(path));
    expect(monitors.map(path => /monitors\/(.+)/.exec(path)![1])).toEqual(
      expect.arrayContaining(['debug/debug-monitor.ts']),
    );
    expect(monitors.filter(path => path.endsWith('-monitor.ts'))).toHaveLength(1);
  });

  it('has each class once: what one entry records the other sends, imported or required', async () => {
    expect(
      await evaluate(`(async () => {
        const { Counter } = await import('nestjs-tsmon');
        const { createTestingTsmon } = require('nestjs-tsmon/testing');
        const { NestFactory } = await import('@nestjs/core');
        const tsmon = createTestingTsmon();
        const options = { logger: false };
        const app = await NestFactory.createApplicationContext(tsmon.module, options);
        const orders = new Counter('shop/orders', { description: 'Orders placed.' });
        orders.add(3);
        await tsmon.flush();
        await app.close();
        return [tsmon.sent('shop/orders'), require('nestjs-tsmon').Counter === Counter];
      })()`),
    ).toEqual([3, true]);
  });

  it('has each monitor once: its entry point and the option by name have the same class', async () => {
    expect(
      await evaluate(`(async () => {
        const { CloudMonitoringMonitor } = await import('nestjs-tsmon/cloud-monitoring');
        const { TsmonModule, TsmonService } = await import('nestjs-tsmon');
        const { NestFactory } = await import('@nestjs/core');
        let calls = 0;
        CloudMonitoringMonitor.prototype.send = async () => (calls++, { rejected: [] });
        const module = TsmonModule.forRoot({ monitor: { cloudMonitoring: { projectId: 'p' } } });
        const app = await NestFactory.createApplicationContext(module, { logger: false });
        await app.get(TsmonService).flush();
        const flushed = calls;
        await app.close();
        return flushed;
      })()`),
    ).toBeGreaterThan(0);
  });

  it.each(ENTRIES)('%s exports classes and functions under their own names', async entry => {
    const names = (await evaluate(`import('${entry}').then(exports => Object.entries(exports)
      .filter(([, value]) => typeof value === 'function')
      .map(([name, value]) => [name, value.name]))`)) as [string, string][];
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter(([name, own]) => name !== own)).toEqual([]);
  });

  it('has no two classes of one name, of which the bundler would rename one', () => {
    const code = bundled();
    expect(code.match(/^(?:let|var) \w+ = class\b/gm)?.length).toBeGreaterThan(50);
    expect(code.match(/^(?:let|var) \w+\$\d+ = class\b/gm)).toBeNull();
  });

  it('keeps what the compiler tells Nest about the types of parameters', () => {
    expect(bundled()).toMatch(/design:paramtypes", \[\s*typeof ApplicationConfig\b/);
  });

  it('has stack traces that name the line of the source', async () => {
    const stack = (await evaluate(
      `import('nestjs-tsmon').then(({ Counter }) => {
        try {
          new Counter('shop/orders', { description: 'Orders placed.' }).add(-1);
        } catch (error) {
          return error.stack;
        }
      })`,
      ['--enable-source-maps'],
    )) as string;
    const [, file = '', line] = /\((\S+\.ts):(\d+):\d+\)/.exec(stack) ?? [];
    expect(relative(ROOT, file)).toMatch(/^lib\/metrics\//);
    expect(readFileSync(file, 'utf8').split('\n')[Number(line) - 1]).toContain('new RangeError(');
  });

  it('shows the status page also where an application is bundled into one file', async () => {
    const bundle = await rolldown({
      input: 'app.js',
      cwd: ROOT,
      platform: 'node',
      external: /^(?!nestjs-tsmon)[a-z@]/,
      plugins: [{ name: 'app', resolveId: id => (id === 'app.js' ? id : null), load: appOf }],
    });
    // In node_modules, so that Node finds the packages.
    const folder = await mkdtemp(join(ROOT, 'node_modules/.tsmon-bundle-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'app.mjs');
    const { output } = await bundle.write({ file, codeSplitting: false });
    await bundle.close();
    expect(output).toHaveLength(1);
    const node = new TestProcess(process.execPath, [file], {}, ROOT);
    const [page] = await node.prints(/^<!doctype html>[^]*<\/html>/m);
    expect(page).toContain('<script type="module">');
    expect(await node.ended()).toEqual({ code: 0, signal: null });
  });

  it.each(ENTRIES)('%s loads no optional peer, nor any client, before it is used', async entry => {
    const loaded = await packagesLoadedBy(entry);
    expect(loaded.filter(name => loadedLate().has(name))).toEqual([]);
  });

  it('a loaded package is found, whether it is imported or required', async () => {
    expect(loadedLate()).toContain('google-auth-library');
    expect(await packagesLoadedBy('nestjs-tsmon')).toContain('@nestjs/common');
    const loaded = await packagesLoadedBy('@google-cloud/datastore');
    expect(loaded.filter(name => loadedLate().has(name))).toEqual(
      expect.arrayContaining(['@google-cloud/datastore', 'google-gax', '@grpc/grpc-js']),
    );
  });

  it('names in exports and typesVersions only files that it holds', () => {
    const { bin, exports, main, schematics, types, typesVersions } = manifest();
    const named =
      JSON.stringify([bin, exports, main, schematics, types, typesVersions]).match(
        /\.\/[^"]+\.\w+/g,
      ) ?? [];
    const paths = packedPaths();
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter(path => path.includes('/') && !paths.includes(path.slice(2)))).toEqual([]);
  });
});
