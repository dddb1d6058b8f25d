import { VERSION } from '../../version.js';
import { lineBreakOf } from './source-text.js';
import { textOf, type MonitorName, type Tree } from './schematic.js';

const PACKAGE_JSON = 'package.json';
/** Editors of Windows write it, and JSON may not begin with it. */
const BYTE_ORDER_MARK = /^\uFEFF/;

/** The ranges fit every Node that the library runs on. Later major versions of Google's packages need Node 22. */
const GOOGLE = { '@google-cloud/datastore': '^10.1.0' };
const GOOGLE_AUTH = { 'google-auth-library': '^10.5.0' };
const SCHEDULE: Readonly<Record<string, string>> = { 11: '^6.1.0', 12: '^12.0.0' };

const OF_MONITOR: Readonly<Record<MonitorName, Readonly<Record<string, string>>>> = {
  auto: GOOGLE_AUTH,
  'cloud-monitoring': GOOGLE_AUTH,
  prodx: { ...GOOGLE_AUTH, '@grpc/grpc-js': '^1.12.0', '@grpc/proto-loader': '^0.8.0' },
  'open-telemetry': {
    '@opentelemetry/api': '^1.9.0',
    '@opentelemetry/exporter-metrics-otlp-proto': '^0.223.0',
  },
  debug: {},
};

const LOCK_FILES: Readonly<Record<string, string>> = {
  'yarn.lock': 'yarn',
  'pnpm-lock.yaml': 'pnpm',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
};

/** What we read of package.json. */
interface PackageJson {
  readonly name?: string;
  dependencies?: Record<string, string>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** @throws Error if there is no package.json in this folder. */
export function packageJsonOf(tree: Tree): PackageJson {
  const text = textOf(tree, PACKAGE_JSON);
  if (text === undefined) {
    throw new Error(
      'There is no package.json here. Run "nest add" in the folder of the workspace.',
    );
  }
  return JSON.parse(text.replace(BYTE_ORDER_MARK, '')) as PackageJson;
}

/**
 * @returns the major version of Nest, as it is installed, or as package.json asks for it.
 * @throws Error if it is not one that the library works with.
 */
export function nestMajorOf(tree: Tree, { dependencies }: PackageJson): string {
  const installed = textOf(tree, 'node_modules/@nestjs/core/package.json');
  const version = installed
    ? (JSON.parse(installed) as { version: string }).version
    : (dependencies?.['@nestjs/core'] ?? 'none');
  const major = /\d+/.exec(version)?.[0] ?? '';
  if (!Object.hasOwn(SCHEDULE, major)) {
    throw new Error(`nestjs-tsmon needs Nest 11 or 12, and @nestjs/core is ${version} here.`);
  }
  return major;
}

/**
 * Adds the packages that are missing to package.json. What is there keeps its version.
 *
 * @returns the names of the packages that were added.
 */
export function addPackages(tree: Tree, nestMajor: string, monitor: MonitorName): string[] {
  const manifest = packageJsonOf(tree);
  const wanted: Record<string, string> = {
    'nestjs-tsmon': `^${VERSION}`,
    '@nestjs/schedule': SCHEDULE[nestMajor]!,
    ...GOOGLE,
    ...OF_MONITOR[monitor],
  };
  const present = { ...manifest.devDependencies, ...manifest.dependencies };
  const missing = Object.keys(wanted).filter(name => !Object.hasOwn(present, name));
  if (missing.length > 0) {
    const all = [
      ...Object.entries(manifest.dependencies ?? {}),
      ...missing.map(name => [name, wanted[name]!] as const),
    ];
    manifest.dependencies = Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const text = textOf(tree, PACKAGE_JSON)!;
    const indentation = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ';
    const lastBreak = /\r?\n$/.exec(text)?.[0] ?? '';
    const mark = BYTE_ORDER_MARK.exec(text)?.[0] ?? '';
    const written = JSON.stringify(manifest, null, indentation).replaceAll('\n', lineBreakOf(text));
    tree.overwrite(PACKAGE_JSON, mark + written + lastBreak);
  }
  return missing;
}

/** @returns the package manager that made the lock file here. Undefined leaves the choice to the engine. */
export function packageManagerOf(tree: Tree): string | undefined {
  const lockFile = Object.keys(LOCK_FILES).find(name => tree.exists(name));
  return lockFile && LOCK_FILES[lockFile];
}
