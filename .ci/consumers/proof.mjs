// Adds the package to applications as `nest new` makes them, with the real `nest add`, from a registry that has the package
// as it would be published. Runs their own tests, and builds and starts them in every usual way. Needs dist, npm's registry
// and some ten minutes. Prints a line for each step.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, scratch } from './commands.mjs';
import { contains, env, LONGEST_SEC, newApp, npm, passed, proof, step } from './new-apps.mjs';

const RUNS_FOR_SEC = 5;
const PNPM = 'pnpm@10';
/** Packages that Nest itself asks for if they are there. No bundler finds them in an application that has none. */
const OPTIONAL_OF_NEST = [
  '@nestjs/microservices',
  '@nestjs/websockets',
  'class-validator',
  'class-transformer',
];

await proof('Nest 11: Jest, tsc, SWC, webpack and single files', () => {
  const app = newApp(11);
  nestAdd(app);
  step('has @nestjs/schedule 6', () => hasVersion(app, '@nestjs/schedule', '6'));
  testsAndStarts(app, 'npm');
  step('changes nothing when it is added again', () => changesNothing(app));
  npm(
    app,
    'install',
    '-D',
    '@swc/cli@0.8.1',
    '@swc/core@1.16.22',
    'esbuild@0.28.2',
    '@vercel/ncc@0.45.0',
  );
  for (const builder of ['swc', 'webpack']) {
    step(`builds with ${builder}, and starts`, () => {
      npx(app, 'nest', 'build', '--builder', builder);
      starts(app, 'dist/main.js');
    });
  }
  npx(app, 'nest', 'build');
  step('is a single file by esbuild, and starts without node_modules', () => {
    const folder = alone();
    esbuild(app, folder);
    starts(folder, 'main.js');
  });
  step('is a single file by esbuild beside Datastore, and uses Datastore', () => {
    const folder = alone();
    esbuild(app, folder, '--external:@google-cloud/datastore');
    npm(folder, 'install', '@google-cloud/datastore@10');
    usesDatastore(folder, 'main.js');
  });
  step('is bundled by ncc, and starts and uses Datastore without node_modules', () => {
    const folder = alone();
    npx(app, 'ncc', 'build', 'dist/main.js', '-o', folder);
    starts(folder, 'index.js');
    usesDatastore(folder, 'index.js');
  });
});

await proof('Nest 11: a monorepo by webpack', () => {
  const app = newApp(11);
  npx(app, 'nest', 'generate', 'app', 'api');
  const before = readFileSync(join(app, 'apps/shop/src/app.module.ts'), 'utf8');
  nestAdd(app, '--project', 'api', '--platform', 'cloud-run', '--deploy');
  step('changes only the project', () => {
    equal(readFileSync(join(app, 'apps/shop/src/app.module.ts'), 'utf8'), before);
  });
  step('builds and starts', () => {
    npx(app, 'nest', 'build', 'api');
    starts(app, 'dist/apps/api/main.js');
  });
});

await proof('Nest 12: vitest, tsc, rspack, TypeScript 5.9 to 7', () => {
  const app = newApp(12);
  nestAdd(app, '--platform', 'app-engine', '--deploy');
  step('has @nestjs/schedule 12', () => hasVersion(app, '@nestjs/schedule', '12'));
  testsAndStarts(app, 'npm');
  step('changes nothing when it is added again', () => changesNothing(app));
  npm(
    app,
    'install',
    '-D',
    '@rspack/core@2.3.4',
    'webpack-node-externals@3',
    'tsconfig-paths-webpack-plugin@4',
  );
  step('builds with rspack, and starts', () => {
    npx(app, 'nest', 'build', '--builder', 'rspack');
    starts(app, 'dist/main.js');
  });
  const versions = ['5.9.3', '6.0.3', '7.0.2'];
  npm(
    app,
    'install',
    '-D',
    ...versions.map(version => `${compilerOf(version)}@npm:typescript@${version}`),
  );
  for (const version of versions) {
    step(`has types that TypeScript ${version} takes`, () => {
      const tsc = join('node_modules', compilerOf(version), 'bin/tsc');
      const args = [tsc, '-p', 'tsconfig.json', '--noEmit'];
      run(process.execPath, args, { cwd: app, env, longestSec: LONGEST_SEC });
    });
  }
});

await proof('Nest 12: TypeScript 7 from the beginning', () => {
  const app = newApp(12);
  npm(app, 'install', '-D', 'typescript@7.0.2');
  nestAdd(app);
  step('imports the module', () => imports(app, 'src/app.module.ts'));
});

await proof('Nest 12: pnpm, whose node_modules are strict', () => {
  const tools = mkdtempSync(join(scratch, 'tools-'));
  npm(tools, 'install', PNPM);
  env.PATH = `${join(tools, 'node_modules/.bin')}:${env.PATH}`;
  const app = newApp(12, 'pnpm');
  nestAdd(app);
  testsAndStarts(app, 'pnpm');
});

await proof('Nest 12: an unusual layout', () => {
  const app = newApp(12);
  renameSync(join(app, 'src/main.ts'), join(app, 'src/server.ts'));
  const before = readFileSync(join(app, 'src/app.module.ts'), 'utf8');
  const said = nestAdd(app);
  step('stays as it is', () => equal(readFileSync(join(app, 'src/app.module.ts'), 'utf8'), before));
  step('is told what to paste', () => {
    contains(said, 'there is no src/main.ts');
    contains(said, '@Module({ imports: [TsmonModule.forRoot()] })');
  });
});

process.exit();

/** @returns what `nest add` said. */
function nestAdd(app, ...flags) {
  const { status, stdout, stderr } = spawnSync(
    join(app, 'node_modules/.bin/nest'),
    ['add', 'nestjs-tsmon', ...flags],
    { cwd: app, env, encoding: 'utf8', timeout: LONGEST_SEC * 1000 },
  );
  const said = stdout + stderr;
  if (status !== 0) {
    throw new Error(`nest add ${flags.join(' ')}: ended with ${status}\n${said}`);
  }
  passed(`nest add nestjs-tsmon ${flags.join(' ')}`);
  return said;
}

function testsAndStarts(app, manager) {
  for (const script of ['build', 'test', 'test:e2e']) {
    step(`${manager} run ${script}`, () => {
      run(manager, ['run', script], { cwd: app, env, longestSec: LONGEST_SEC });
    });
  }
  step('starts, and sends metrics', () => starts(app, 'dist/main.js'));
}

/** The first flush, or the one at the end, writes to the log. */
function starts(cwd, file) {
  contains(outputOf(cwd, file), 'Metrics:');
}

/** No emulator answers, which is said by the client that was loaded. */
function usesDatastore(cwd, file) {
  const emulator = { DATASTORE_EMULATOR_HOST: '127.0.0.1:1', DATASTORE_PROJECT_ID: 'shop' };
  contains(outputOf(cwd, file, emulator), 'No task number was claimed yet');
}

/** @returns what the application prints from its start to its end. `timeout` lets it end by itself after SIGTERM. */
function outputOf(cwd, file, variables = {}) {
  const args = ['--signal=TERM', String(RUNS_FOR_SEC), process.execPath, file];
  const { stdout, stderr } = spawnSync('timeout', args, {
    cwd,
    env: { ...env, ...variables, PORT: '0' },
    encoding: 'utf8',
  });
  contains(stdout + stderr, 'Nest application successfully started');
  return stdout + stderr;
}

function esbuild(app, folder, ...flags) {
  const externals = OPTIONAL_OF_NEST.map(name => `--external:${name}`);
  const outfile = `--outfile=${join(folder, 'main.js')}`;
  npx(
    app,
    'esbuild',
    'dist/main.js',
    '--bundle',
    '--platform=node',
    outfile,
    ...externals,
    ...flags,
  );
}

function changesNothing(app) {
  const before = mkdtempSync(join(scratch, 'before-'));
  const paths = ['src', 'package.json'];
  paths.forEach(path => cpSync(join(app, path), join(before, path), { recursive: true }));
  nestAdd(app);
  paths.forEach(path => run('diff', ['-r', join(before, path), join(app, path)], {}));
}

function imports(app, path) {
  contains(readFileSync(join(app, path), 'utf8'), 'imports: [TsmonModule.forRoot()]');
}

function hasVersion(app, name, major) {
  const path = join(app, 'node_modules', name, 'package.json');
  equal(JSON.parse(readFileSync(path, 'utf8')).version.split('.', 1)[0], major);
}

/** @returns a folder that has nothing but CommonJS. */
function alone() {
  const folder = mkdtempSync(join(scratch, 'alone-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
  return folder;
}

/** @returns the name under which a version of TypeScript is beside the one of the application, which its other tools need. */
function compilerOf(version) {
  return `typescript-${version.split('.', 1)[0]}`;
}

function npx(cwd, ...args) {
  run('npx', ['--no-install', ...args], { cwd, env, longestSec: LONGEST_SEC });
}

function equal(actual, expected) {
  if (actual !== expected) {
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }
}
