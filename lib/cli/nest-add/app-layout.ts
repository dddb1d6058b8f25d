import { posix } from 'node:path';
import { textOf, type NestAddOptions, type Tree } from './schematic.js';

/** Where the parts of an application are, as paths from the root of the workspace. */
export interface AppLayout {
  readonly name: string;
  /** The folder of the application: in a monorepo such as `apps/shop`, otherwise empty. */
  readonly root: string;
  readonly sourceRoot: string;
  readonly mainPath: string;
  /** The file that Node starts after the build. */
  readonly builtMain: string;
}

interface NestProject {
  readonly type?: string;
  readonly root?: string;
  readonly sourceRoot?: string;
  readonly entryFile?: string;
}

interface NestCliJson extends NestProject {
  readonly projects?: Readonly<Record<string, NestProject>>;
}

/**
 * @param options the Nest CLI always gives `sourceRoot`, also where it asked for the project.
 * @throws Error if the project is not in nest-cli.json, or is a library.
 */
export function layoutOf(tree: Tree, options: NestAddOptions, packageName: string): AppLayout {
  const config = JSON.parse(textOf(tree, 'nest-cli.json') ?? '{}') as NestCliJson;
  const [name, project] = projectOf(config, options) ?? [packageName, undefined];
  if (project?.type === 'library') {
    throw new Error(`"${name}" is a library. Name an application: --project <application>.`);
  }
  const root = project?.root ?? '';
  const sourceRoot =
    project?.sourceRoot ?? options.sourceRoot ?? config.sourceRoot ?? posix.join(root, 'src');
  const entryFile = (project ?? config).entryFile ?? 'main';
  return {
    name,
    root,
    sourceRoot,
    mainPath: posix.join(sourceRoot, `${entryFile}.ts`),
    builtMain: posix.join('dist', root, `${entryFile}.js`),
  };
}

function projectOf(
  { projects = {} }: NestCliJson,
  { project, sourceRoot }: NestAddOptions,
): [string, NestProject] | undefined {
  if (project !== undefined && !Object.hasOwn(projects, project)) {
    const known = Object.keys(projects).join(', ') || 'none';
    throw new Error(`There is no project "${project}" in nest-cli.json, only: ${known}.`);
  }
  return Object.entries(projects).find(([name, one]) =>
    project === undefined ? one.sourceRoot === sourceRoot : name === project,
  );
}

/** @returns the path of the TypeScript file that a relative import names, or undefined if there is none. */
export function importedFile(tree: Tree, from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) {
    return undefined;
  }
  const path = posix.join(posix.dirname(from), specifier).replace(/\.[jt]s$/, '');
  return [`${path}.ts`, `${path}/index.ts`].find(candidate => tree.exists(candidate));
}
