/** The files of the workspace, as the engine of schematics gives them. The engine writes changes at the end, or never in a dry run. */
export interface Tree {
  read(path: string): Uint8Array | null;
  exists(path: string): boolean;
  create(path: string, text: string): void;
  overwrite(path: string, text: string): void;
  getDir(path: string): { visit(visitor: (path: string) => void): void };
}

/** What the engine of schematics offers beside the files. */
export interface SchematicContext {
  readonly logger: { info(message: string): void; warn(message: string): void };
  /** Runs a task after the files are written. */
  addTask(task: { toConfiguration(): { name: string; options: object } }): unknown;
}

export type Rule = (tree: Tree, context: SchematicContext) => void;

export type PlatformName = 'app-engine' | 'cloud-run' | 'gke' | 'other';
export type MonitorName = 'auto' | 'cloud-monitoring' | 'open-telemetry' | 'prodx' | 'debug';

/** The flags of `nest add`, as `schema.json` describes them. The Nest CLI also passes on its own flags. */
export interface NestAddOptions {
  readonly sourceRoot?: string;
  readonly project?: string;
  readonly skipInstall?: boolean;
  readonly platform?: PlatformName;
  readonly monitor?: MonitorName;
  readonly deploy?: boolean;
}

/** @returns the text of a file, or undefined if it does not exist. */
export function textOf(tree: Tree, path: string): string | undefined {
  const bytes = tree.read(path);
  return bytes ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) : undefined;
}
