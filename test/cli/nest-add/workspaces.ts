import { nestAdd } from '../../../lib/cli/nest-add/nest-add.js';
import type { NestAddOptions, Tree } from '../../../lib/cli/nest-add/schematic.js';

export type Files = Readonly<Record<string, string>>;

/** A small application of Nest 11, which is CommonJS. */
export const SHOP_11: Files = {
  'package.json': packageJson({ '@nestjs/core': '^11.0.1', rxjs: '^7.8.1' }),
  'nest-cli.json': JSON.stringify({ sourceRoot: 'src' }),
  'src/main.ts': mainFile('./app.module'),
  'src/app.module.ts': moduleFile('  imports: [],\n  controllers: [Shop],\n', './shop'),
};

/** A small application of Nest 12, which is made of ES modules. */
export const SHOP_12: Files = {
  ...SHOP_11,
  'package.json': packageJson({ '@nestjs/core': '^12.0.1', rxjs: '^7.8.1' }),
  'src/main.ts': mainFile('./app.module.js'),
  'src/app.module.ts': moduleFile('  imports: [],\n  controllers: [Shop],\n', './shop.js'),
};

/** A monorepo of two applications and a library. */
export const MONOREPO: Files = {
  'package.json': SHOP_12['package.json']!,
  'nest-cli.json': JSON.stringify({
    sourceRoot: 'apps/shop/src',
    monorepo: true,
    projects: {
      shop: { type: 'application', root: 'apps/shop', sourceRoot: 'apps/shop/src' },
      api: { type: 'application', root: 'apps/api', sourceRoot: 'apps/api/src' },
      shared: { type: 'library', root: 'libs/shared', sourceRoot: 'libs/shared/src' },
    },
  }),
  'apps/shop/src/main.ts': SHOP_12['src/main.ts']!,
  'apps/shop/src/app.module.ts': SHOP_12['src/app.module.ts']!,
  'apps/api/src/main.ts': SHOP_12['src/main.ts']!,
  'apps/api/src/app.module.ts': SHOP_12['src/app.module.ts']!,
};

export interface Added {
  readonly files: Files;
  /** The files whose texts are new or other than before. */
  readonly changed: readonly string[];
  /** All lines of the log. */
  readonly log: string;
  readonly tasks: readonly { readonly name: string; readonly options: object }[];
}

/** Runs the schematic on files. */
export function add(files: Files, options: NestAddOptions = {}): Added {
  const tree = new MapTree(files);
  const log: string[] = [];
  const tasks: { name: string; options: object }[] = [];
  const note = (message: string) => void log.push(message);
  nestAdd(options)(tree, {
    logger: { info: note, warn: note },
    addTask: task => tasks.push(task.toConfiguration()),
  });
  const after = tree.asRecord();
  const changed = Object.keys(after).filter(path => after[path] !== files[path]);
  return { files: after, changed: changed.toSorted(), log: log.join('\n'), tasks };
}

export function mainFile(rootModule: string): string {
  return `import { NestFactory } from '@nestjs/core';
import { AppModule } from '${rootModule}';

async function start() {
  const app = await NestFactory.create(AppModule);
  await app.listen(3000);
}
void start();
`;
}

/** @param metadata the lines in `@Module({ … })`. */
export function moduleFile(metadata: string, shop: string): string {
  return `import { Module } from '@nestjs/common';
import { Shop } from '${shop}';

@Module({
${metadata}})
export class AppModule {}
`;
}

function packageJson(dependencies: Files): string {
  return `${JSON.stringify({ name: '@acme/shop', dependencies }, null, 2)}\n`;
}

class MapTree implements Tree {
  private readonly files: Map<string, string>;

  constructor(files: Files) {
    this.files = new Map(Object.entries(files));
  }

  read(path: string): Uint8Array | null {
    const text = this.files.get(path);
    return text === undefined ? null : new TextEncoder().encode(text);
  }

  exists(path: string): boolean {
    return this.files.has(path);
  }

  create(path: string, text: string): void {
    if (this.exists(path)) {
      throw new Error(`${path} exists.`);
    }
    this.files.set(path, text);
  }

  overwrite(path: string, text: string): void {
    if (!this.exists(path)) {
      throw new Error(`${path} does not exist.`);
    }
    this.files.set(path, text);
  }

  /** The engine gives absolute paths to the visitor, and visits only what it has. */
  getDir(path: string): { visit(visitor: (path: string) => void): void } {
    const paths = [...this.files.keys()].filter(file => file.startsWith(`${path}/`));
    return { visit: visitor => paths.forEach(file => visitor(`/${file}`)) };
  }

  asRecord(): Files {
    return Object.fromEntries(this.files);
  }
}
