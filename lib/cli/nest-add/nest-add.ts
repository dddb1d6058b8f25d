import { posix } from 'node:path';
import { importedFile, layoutOf, type AppLayout } from './app-layout.js';
import { addPackages, nestMajorOf, packageJsonOf, packageManagerOf } from './app-packages.js';
import { deployFiles } from './deploy-files.js';
import { withImport } from './import-statement.js';
import { rootModuleIn, withShutdownHooks, type RootModule } from './main-file.js';
import { optionsFile } from './options-file.js';
import { usesTsmonModule, withModuleImport } from './root-module.js';
import {
  textOf,
  type NestAddOptions,
  type Rule,
  type SchematicContext,
  type Tree,
} from './schematic.js';
import { withoutNewErrors, type Edit } from './source-text.js';
import { typescriptOfApp, type TypeScript } from './typescript-of-app.js';

const DOCS = 'https://github.com/nestjs-tsmon/nestjs-tsmon/blob/main/docs';
const GKE_ENVIRONMENT = `env:
  - name: METADATA_SERVER_DETECTION
    value: assume-present`;

/**
 * The schematic `nest-add`, which `nest add nestjs-tsmon` runs. It imports `TsmonModule` in the root module, enables the
 * shutdown hooks in main.ts, adds the packages that are missing, and writes files for the deployment with `--deploy`. A
 * file whose layout it does not know stays as it is, and the log says what to paste there.
 */
export function nestAdd(options: NestAddOptions): Rule {
  return (tree, context) => {
    const manifest = packageJsonOf(tree);
    const nestMajor = nestMajorOf(tree, manifest);
    const packageName = (manifest.name ?? 'app').replace(/^@.+\//, '');
    const layout = layoutOf(tree, options, packageName);
    new Addition(tree, context, options, layout).run(nestMajor);
  };
}

/** One run of the schematic on one application. */
class Addition {
  private readonly ts: TypeScript | undefined = typescriptOfApp();
  private readonly platform = this.options.platform ?? 'other';
  private readonly monitor = this.options.monitor ?? 'auto';

  constructor(
    private readonly tree: Tree,
    private readonly context: SchematicContext,
    private readonly options: NestAddOptions,
    private readonly layout: AppLayout,
  ) {}

  run(nestMajor: string): void {
    this.importModule();
    this.enableShutdownHooks();
    this.installPackages(nestMajor);
    if (this.options.deploy) {
      this.addDeployFiles();
    }
  }

  private importModule(): void {
    const user = this.ts && this.fileThatUsesTsmonModule(this.ts);
    if (user !== undefined) {
      this.context.logger.info(`${user} already uses TsmonModule, and stays as it is.`);
      return;
    }
    const file = optionsFile(this.layout, this.platform, this.monitor);
    if (file !== undefined) {
      this.createIfMissing(this.optionsPath, file);
    }
    const entry = `TsmonModule.forRoot(${file === undefined ? '' : 'tsmonOptions()'})`;
    const root = this.rootModule();
    const path = root?.path ?? 'the root module';
    const edit: Edit = root ? this.moduleEdit(root, entry) : { reason: this.whyNoRootModule() };
    if ('reason' in edit) {
      const extra = file === undefined ? '' : `\nimport { tsmonOptions } from './tsmon-options';`;
      this.sayWhatToPaste(
        path,
        edit.reason,
        `import { TsmonModule } from 'nestjs-tsmon';${extra}\n\n@Module({ imports: [${entry}] })`,
      );
    } else {
      this.tree.overwrite(
        path,
        file === undefined ? edit.text : this.withOptionsImport(root!, edit.text),
      );
    }
  }

  private moduleEdit({ ts, path, className }: FoundModule, entry: string): Edit {
    const text = textOf(this.tree, path)!;
    return withoutNewErrors(ts, text, withModuleImport(ts, text, className, entry));
  }

  private withOptionsImport({ ts, path, extension }: FoundModule, text: string): string {
    const relative = posix.relative(posix.dirname(path), this.optionsPath.replace(/\.ts$/, ''));
    const specifier = relative.startsWith('.') ? relative : `./${relative}`;
    return withImport(ts, text, 'tsmonOptions', specifier + extension);
  }

  private get optionsPath(): string {
    return posix.join(this.layout.sourceRoot, 'tsmon-options.ts');
  }

  private rootModule(): FoundModule | undefined {
    const { ts } = this;
    const { mainPath } = this.layout;
    const mainText = textOf(this.tree, mainPath);
    const root = ts && mainText !== undefined ? rootModuleIn(ts, mainText) : undefined;
    if (!ts || !root) {
      return undefined;
    }
    const path = this.pathOf(root);
    return path === undefined
      ? undefined
      : { ts, path, className: root.className, extension: extensionOf(root) };
  }

  private pathOf({ specifier }: RootModule): string | undefined {
    const { mainPath } = this.layout;
    return specifier === undefined ? mainPath : importedFile(this.tree, mainPath, specifier);
  }

  private whyNoRootModule(): string {
    const { mainPath } = this.layout;
    if (!this.ts) {
      return 'no TypeScript that can parse was found';
    }
    return this.tree.exists(mainPath)
      ? `${mainPath} does not give a module that it imports from a file to NestFactory.create()`
      : `there is no ${mainPath}`;
  }

  private enableShutdownHooks(): void {
    const path = this.layout.mainPath;
    const text = textOf(this.tree, path);
    // The first process of a container outlives the signal that Nest sends it in the end.
    const inContainer = this.platform === 'cloud-run' || this.platform === 'gke';
    const callArguments = inContainer ? '[], { useProcessExit: true }' : '';
    const edit = this.hooksEdit(text, callArguments);
    if ('reason' in edit) {
      const pasted = `app.enableShutdownHooks(${callArguments});`;
      this.sayWhatToPaste(text === undefined ? 'the main file' : path, edit.reason, pasted);
    } else if (edit.text !== text) {
      this.tree.overwrite(path, edit.text);
    }
  }

  private hooksEdit(text: string | undefined, callArguments: string): Edit {
    if (text === undefined) {
      return { reason: `there is no ${this.layout.mainPath}` };
    }
    return this.ts
      ? withoutNewErrors(this.ts, text, withShutdownHooks(this.ts, text, callArguments))
      : { reason: 'no TypeScript that can parse was found' };
  }

  private installPackages(nestMajor: string): void {
    const { tree, options } = this;
    const added = addPackages(tree, nestMajor, this.monitor);
    if (added.length > 0 && !options.skipInstall) {
      const install = { command: 'install', quiet: true, packageManager: packageManagerOf(tree) };
      this.context.addTask({
        toConfiguration: () => ({ name: 'node-package', options: install }),
      });
    }
  }

  private addDeployFiles(): void {
    const { tree, layout, platform } = this;
    for (const { path, text, part, mark } of deployFiles(platform, layout)) {
      if (!tree.exists(path)) {
        tree.create(path, text);
      } else if (!textOf(tree, path)!.includes(mark)) {
        this.sayWhatToPaste(path, 'it is already there', part);
      }
    }
    if (platform === 'gke') {
      this.sayWhatToPaste('the container in your Deployment', 'it is yours', GKE_ENVIRONMENT);
    }
    if (platform === 'other') {
      this.context.logger.warn('--deploy needs a platform, such as --platform cloud-run.');
    } else {
      this.context.logger.info(`What else ${platform} needs: ${DOCS}/${platform}.md`);
    }
  }

  private createIfMissing(path: string, text: string): void {
    if (!this.tree.exists(path)) {
      this.tree.create(path, text);
    }
  }

  private fileThatUsesTsmonModule(ts: TypeScript): string | undefined {
    const paths: string[] = [];
    this.tree.getDir(this.layout.sourceRoot).visit(path => paths.push(path.replace(/^\//, '')));
    return paths
      .filter(path => path.endsWith('.ts') && !/[.-]spec\.ts$/.test(path))
      .find(path => usesTsmonModule(ts, textOf(this.tree, path) ?? ''));
  }

  private sayWhatToPaste(path: string, reason: string, lines: string): void {
    this.context.logger.warn(
      `${path} was not changed: ${reason}. Paste into ${path}:\n\n${lines}\n`,
    );
  }
}

interface FoundModule {
  readonly ts: TypeScript;
  readonly path: string;
  readonly className: string;
  /** What ends the specifiers of relative imports. */
  readonly extension: string;
}

function extensionOf({ specifier }: RootModule): string {
  return /\.[jt]s$/.exec(specifier ?? '')?.[0] ?? '';
}
