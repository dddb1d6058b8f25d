import { fileURLToPath } from 'node:url';
import { defineConfig, defineProject, type UserWorkspaceConfig } from 'vitest/config';
import { statusPage } from './status-page-plugin.js';

const lib = (path: string): string => fileURLToPath(new URL(`./lib/${path}`, import.meta.url));

/** These run what was built: the package and the sample app. */
const BUILT = ['test/e2e/**/*.spec.ts', 'test/package.spec.ts'];
/** These prove at length what the others test once, and also run what was built. */
const PROOF = ['test/proof/**/*.spec.ts'];
/** These need a process of their own: they measure its heap, or it matters to them when a package is loaded. */
const APART = [
  'test/google/optional-package.spec.ts',
  'test/sources/opentelemetry/{instrumentation,pg,whole-run}.spec.ts',
  'test/security/hostile-input.spec.ts',
  'test/module/lifecycle.spec.ts',
  'test/monitors/prodx/prodx-tls.spec.ts',
];

/** Two files at a time, when all other tests are done: each file starts many processes. */
const onWhatWasBuilt = (groupOrder: number) => ({
  sequence: { groupOrder },
  maxWorkers: 2,
  globalSetup: './test/support/apps-build.ts',
  testTimeout: 180_000,
});

const SETUP_FILES = ['reflect-metadata', './test/support/quiet-logs.ts'];

/** What all projects have in common. They do not extend the root, whose global setup runs once for all of them. */
const project = (test: UserWorkspaceConfig['test']) =>
  defineProject({
    // Nest injects by type: the compiler must emit decorator metadata, also for specs outside tsconfig's include.
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    plugins: [statusPage()],
    resolve: {
      alias: [
        { find: /^nestjs-tsmon$/, replacement: lib('entry/index.ts') },
        { find: /^nestjs-tsmon\/(.+)$/, replacement: lib('entry/$1.ts') },
      ],
    },
    test: { setupFiles: SETUP_FILES, provide: { shareOfCases: 0.1 }, ...test },
  });

export default defineConfig({
  test: {
    globalSetup: './test/support/emulators-setup.ts',
    // Vitest would leave a core free, which on a machine with two is half of it.
    maxWorkers: '100%',
    projects: [
      project({
        name: 'lib',
        include: ['test/**/*.spec.ts'],
        exclude: [...BUILT, ...PROOF, ...APART],
        // To start a process and to load Nest takes longer than most specs.
        isolate: false,
        setupFiles: ['./test/support/fresh-library.ts', ...SETUP_FILES],
      }),
      project({ name: 'apart', include: APART, sequence: { groupOrder: 1 } }),
      project({ name: 'built', include: BUILT, ...onWhatWasBuilt(2) }),
      project({
        name: 'proof',
        include: PROOF,
        provide: { shareOfCases: 1 },
        ...onWhatWasBuilt(3),
      }),
    ],
    coverage: {
      provider: 'v8',
      include: ['lib/**/*.ts'],
      exclude: ['lib/**/*.d.ts'],
      reporter: ['text', 'html'],
      thresholds: { lines: 95 },
    },
  },
});
