import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { statusPage } from '../../status-page-plugin.js';
import { TestProcess } from './processes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Scripts of tests, ready for Node to run: with the sources of the library in them, and packages beside them. */
export class BundledScripts {
  private constructor(private readonly folder: string) {}

  /** @param files paths in `test/`, with their extension `.ts`. */
  static async build(...files: readonly string[]): Promise<BundledScripts> {
    // In node_modules, so that Node finds the packages, and nothing else looks at it.
    const folder = await mkdtemp(join(ROOT, 'node_modules/.tsmon-scripts-'));
    const bundle = await rolldown({
      input: files.map(file => join(ROOT, 'test', file)),
      platform: 'node',
      // Packages, but for the helpers of the compiler, which it brings itself.
      external: /^(?!@oxc-project\/)[a-z@]/,
      transform: { decorator: { legacy: true, emitDecoratorMetadata: true } },
      plugins: [statusPage()],
      logLevel: 'silent',
    });
    await bundle.write({ dir: folder, entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' });
    await bundle.close();
    return new BundledScripts(folder);
  }

  /** The path of a script, by the path that it was built of. */
  pathOf(file: string): string {
    return join(this.folder, basename(file).replace(/\.ts$/, '.mjs'));
  }

  /** Starts a process. End it in `afterEach`. */
  start(
    file: string,
    env: Record<string, string>,
    nodeOptions: readonly string[] = [],
  ): TestProcess {
    const args = [...nodeOptions, '--unhandled-rejections=strict', this.pathOf(file)];
    return new TestProcess(process.execPath, args, env, ROOT);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
