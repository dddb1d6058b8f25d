import { describe, expect, it, vi } from 'vitest';
import { circlesIn, importsOf, staticImportsOf } from './house/imports.js';
import { resolved, sourcesOfLib, sourcesOfTests, type Sources } from './house/sources.js';
import { unusedExports, unusedFiles } from './house/unused-code.js';

// All sources are parsed, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const CORE = ['metrics', 'targets', 'store', 'sources', 'monitors', 'task-numbers'];
const BELOW_MODULE = [
  'options',
  'validation',
  'google',
  'rpc',
  'http',
  'track',
  'housekeeping',
  'status',
  'self',
  'platform',
  'prometheus',
  'routes',
  'flush',
  ...CORE,
];
const ROOT = '';

/** Files at the root that every folder may import, and the files and folders that they may import. */
const GROUND: Readonly<Record<string, readonly string[]>> = {
  'log.ts': [],
  'seldom-log.ts': ['log.ts', 'clock'],
  'own-work.ts': ['process-state.ts', 'trace-context.ts'],
  'trace-context.ts': [],
  'version.ts': [],
  'process-state.ts': ['log.ts', 'version.ts'],
  'brand.ts': ['process-state.ts'],
};

/** Which folder may import which; every one may also import lib/clock. No folder may import `entry`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  clock: [],
  validation: [],
  google: ['validation'],
  metrics: ['validation'],
  targets: ['validation'],
  platform: ['targets'],
  routes: ['google', 'validation'],
  store: ['metrics', 'targets'],
  sources: ['validation', 'metrics', 'targets', 'store', 'monitors'],
  track: ['metrics'],
  monitors: ['google', 'validation', 'metrics', 'targets', 'store'],
  'task-numbers': ['google', 'targets', 'validation'],
  prometheus: ['metrics', 'targets', 'store', 'monitors'],
  flush: CORE,
  self: ['flush', ...CORE],
  rpc: ['validation', 'http', 'flush', ...CORE],
  http: ['validation', 'flush', ...CORE],
  housekeeping: ['self', 'platform', 'routes', 'flush', ...CORE],
  status: ['routes', 'prometheus', 'flush', ...CORE],
  options: ['validation', 'http', 'rpc', 'housekeeping', 'status', 'routes', 'flush', ...CORE],
  module: BELOW_MODULE,
  testing: [
    'module',
    'options',
    'validation',
    'platform',
    'http',
    'housekeeping',
    'status',
    'routes',
    'flush',
    ...CORE,
  ],
  cli: ['module', ...BELOW_MODULE],
  entry: ['testing', 'module', ...BELOW_MODULE],
};

/** What single files may import beside what their folder may. */
const FILE_MAY_IMPORT: Readonly<Record<string, string>> = {
  // A registry creates its store. No other file of lib/metrics knows the store.
  'metrics/registry.ts': 'store/in-memory-store.ts',
};

/** Packages that are loaded when used, and the folders that may do so. A name may be that of a scope. */
const LOADED_WHEN_USED: Readonly<Record<string, readonly string[]>> = {
  'gcp-metadata': ['platform'],
  '@google-cloud/datastore': ['module', 'task-numbers'],
  'google-auth-library': ['monitors/cloud-monitoring', 'monitors/prodx', 'routes'],
  '@grpc/grpc-js': ['monitors/prodx'],
  '@grpc/proto-loader': ['monitors/prodx'],
  '@opentelemetry': ['monitors/opentelemetry'],
  '@nestjs/terminus': [],
};

function problemsOf(sources: Sources): string[] {
  return [
    ...Object.keys(sources).flatMap(unknownFolder),
    ...Object.entries(sources).flatMap(([path, text]) => forbiddenImports(path, text)),
    ...circlesIn(sources),
  ];
}

function forbiddenImports(path: string, text: string): string[] {
  return importsOf(text).flatMap(specifier =>
    specifier.startsWith('.')
      ? forbiddenFile(path, resolved(path, specifier))
      : forbiddenPackage(path, text, specifier),
  );
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : ROOT;
}

function unknownFolder(path: string): string[] {
  const folder = folderOf(path);
  return folder === ROOT || Object.hasOwn(MAY_IMPORT, folder)
    ? []
    : [`${path} is in a folder that the house does not have`];
}

function forbiddenFile(from: string, to: string): string[] {
  if (to.startsWith('..')) {
    return [`${from} imports ${to}, which is not in lib/`];
  }
  if (folderOf(to) === 'entry') {
    return [`${from} imports ${to}, not the file that it needs`];
  }
  const [own, other] = [folderOf(from), folderOf(to)];
  const allowed = Object.hasOwn(GROUND, from)
    ? GROUND[from]!.some(one => one === to || one === other)
    : own === ROOT ||
      own === other ||
      other === 'clock' ||
      Object.hasOwn(GROUND, to) ||
      FILE_MAY_IMPORT[from] === to ||
      (MAY_IMPORT[own] ?? []).includes(other);
  return allowed ? [] : [`${from} must not import ${to}`];
}

function forbiddenPackage(from: string, text: string, specifier: string): string[] {
  const entry = Object.entries(LOADED_WHEN_USED).find(
    ([name]) => specifier === name || specifier.startsWith(`${name}/`),
  );
  if (!entry) {
    return [];
  }
  const [, folders] = entry;
  const mayUse = folders.some(folder =>
    folder === ROOT ? folderOf(from) === ROOT : from.startsWith(`${folder}/`),
  );
  if (!mayUse) {
    return [`${from} must not import ${specifier}`];
  }
  return staticImportsOf(text).includes(specifier)
    ? [`${from} must load ${specifier} when it is used, by import()`]
    : [];
}

describe('the house', () => {
  const sources = sourcesOfLib();

  it('is read in full', () => {
    expect(Object.keys(sources)).toEqual(
      expect.arrayContaining(['metrics/counter.ts', 'monitors/debug/debug-monitor.ts']),
    );
  });

  it('each folder imports only what the table allows, in no circle, and loads optional peers late', () => {
    expect(problemsOf(sources)).toEqual([]);
  });

  it('every file is imported by another one, but for the entry points and the command', () => {
    expect(unusedFiles(sources)).toEqual([]);
  });

  it('every exported name is used in another file, but for those of the entry points', () => {
    expect(unusedExports(sources, sourcesOfTests())).toEqual([]);
  });
});

describe('the check of the house bites', () => {
  it.each([
    ['import', "import { Task } from '../targets/task.js';"],
    ['import type', "import type { Task } from '../targets/task.js';"],
    ['an inline type', "import { type Task } from '../targets/task.js';"],
    ['a bare import', "import '../targets/task.js';"],
    ['export from', "export { Task } from '../targets/task.js';"],
    ['export all', "export * from '../targets/task.js';"],
    ['export type', "export type { Task } from '../targets/task.js';"],
    ['import()', "const task = await import('../targets/task.js');"],
    ['the type of an import()', "let task: import('../targets/task.js').Task;"],
  ])('on an upward %s', (_, text) => {
    expect(problemsOf({ 'metrics/counter.ts': text, 'targets/task.ts': '' })).toEqual([
      'metrics/counter.ts must not import targets/task.ts',
    ]);
  });

  it.each([
    ['store/cell.ts', '../monitors/monitor.js'],
    ['metrics/metric.ts', '../store/in-memory-store.js'],
    ['metrics/registry.ts', '../store/capture.js'],
    ['task-numbers/claim.ts', '../store/cell.js'],
    ['flush/flusher.ts', '../http/hooks.js'],
    ['http/hooks.ts', '../housekeeping/task.js'],
    ['status/page.ts', '../testing/fake.js'],
    ['metrics/metric.ts', '../options/tsmon-options.js'],
    ['clock/clock.ts', '../metrics/metric.js'],
    ['monitors/debug/lines.ts', '../../flush/flusher.js'],
    ['cli/doctor/doctor.ts', '../../testing/fake.js'],
    ['log.ts', './metrics/metric.js'],
    ['own-work.ts', './targets/with-target.js'],
    ['log.ts', './brand.js'],
    ['seldom-log.ts', './metrics/metric.js'],
  ])('where %s imports %s', (path, specifier) => {
    expect(problemsOf({ [path]: `import '${specifier}';` })).toHaveLength(1);
  });

  it.each([
    ['store/cell.ts', '../metrics/metric.js'],
    ['flush/flusher.ts', '../task-numbers/claim.js'],
    ['http/hooks.ts', '../flush/flusher.js'],
    ['metrics/metric.ts', '../clock/clock.js'],
    ['metrics/registry.ts', '../store/in-memory-store.js'],
    ['monitors/debug/lines.ts', '../monitor.js'],
    ['monitors/debug/lines.ts', '../../log.js'],
    ['clock/deadline.ts', '../log.js'],
    ['routes/google-tokens.ts', '../own-work.js'],
    ['brand.ts', './process-state.js'],
    ['seldom-log.ts', './clock/throttle.js'],
    ['routes/oidc.guard.ts', '../seldom-log.js'],
    ['entry/index.ts', '../testing/fake.js'],
    ['entry/prodx.ts', '../monitors/prodx/prodx-monitor.js'],
    ['testing/fake.ts', '../housekeeping/task.js'],
    ['cli/doctor/doctor.ts', '../../module/parts.js'],
    ['metrics/metric.ts', 'node:fs'],
  ])('but not where %s imports %s', (path, specifier) => {
    expect(problemsOf({ [path]: `import '${specifier}';` })).toEqual([]);
  });

  it('on a folder that the table does not know', () => {
    expect(problemsOf({ 'utils/strings.ts': '' })).toEqual([
      'utils/strings.ts is in a folder that the house does not have',
    ]);
    expect(problemsOf({ 'toString/a.ts': '' })).toHaveLength(1);
  });

  it('on an entry point, and on what is not in lib/', () => {
    expect(problemsOf({ 'metrics/a.ts': "import '../entry/index.js';" })).toHaveLength(1);
    expect(problemsOf({ 'entry/index.ts': "import './testing.js';" })).toHaveLength(1);
    expect(problemsOf({ 'metrics/a.ts': "import '../../sample-app/b.js';" })).toHaveLength(1);
  });

  it('on a circle, also of types, and of a file with itself', () => {
    expect(
      problemsOf({
        'metrics/a.ts': "import type { B } from './b.js';",
        'metrics/b.ts': "export * from './c.js';",
        'metrics/c.ts': "const a = import('./a.js');",
        'metrics/d.ts': "import './a.js';",
      }),
    ).toEqual(['circle: metrics/a.ts > metrics/b.ts > metrics/c.ts > metrics/a.ts']);
    expect(problemsOf({ 'metrics/a.ts': "import './a.js';" })).toHaveLength(1);
  });

  it('but not on two ways to one file', () => {
    expect(
      problemsOf({
        'metrics/a.ts': "import './b.js'; import './c.js';",
        'metrics/b.ts': "import './c.js';",
        'metrics/c.ts': '',
      }),
    ).toEqual([]);
  });

  it.each([
    ['monitors/debug/a.ts', "import type { Counter } from '@opentelemetry/api';"],
    ['flush/a.ts', "const { credentials } = await import('@grpc/grpc-js');"],
    ['metrics/a.ts', "let client: import('@google-cloud/datastore').Datastore;"],
    ['task-numbers/a.ts', "import { Datastore } from '@google-cloud/datastore'; new Datastore();"],
    ['task-numbers/a.ts', "export { Datastore } from '@google-cloud/datastore';"],
    ['monitors/opentelemetry/a.ts', "import '@opentelemetry/api';"],
    ['platform/platform.ts', "import * as metadata from 'gcp-metadata'; metadata.instance();"],
  ])('on an optional peer in the wrong place or way: %s: %s', (path, text) => {
    expect(problemsOf({ [path]: text })).toHaveLength(1);
  });

  it.each([
    ['task-numbers/datastore/a.ts', "import type { Datastore } from '@google-cloud/datastore';"],
    [
      'module/allocator-choice.ts',
      "const { Datastore } = await import('@google-cloud/datastore');",
    ],
    ['monitors/opentelemetry/a.ts', "export const load = () => import('@opentelemetry/api');"],
    ['monitors/prodx/a.ts', "import { type Client } from '@grpc/grpc-js'; let c: Client;"],
  ])('but not in its own: %s: %s', (path, text) => {
    expect(problemsOf({ [path]: text })).toEqual([]);
  });
});
