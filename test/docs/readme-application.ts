import { posix } from 'node:path';
import ts from 'typescript';

/** The packages that an application may import, by their names. */
export type Packages = Readonly<Record<string, object>>;

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

/** Files of an application that exist in memory only, and are run here. */
export class WrittenApplication {
  private readonly loaded = new Map<string, object>();

  /** @param files their TypeScript, by paths such as `src/main.ts`. */
  constructor(
    private readonly files: ReadonlyMap<string, string>,
    private readonly packages: Packages,
  ) {}

  /** Runs a file that may await at its top level. */
  async run(path: string): Promise<void> {
    const main = AsyncFunction('require', 'exports', this.javaScriptOf(path));
    await main(this.requireFrom(path), {});
  }

  private load(path: string): object {
    let exported = this.loaded.get(path);
    if (!exported) {
      exported = {};
      this.loaded.set(path, exported);
      new Function('require', 'exports', this.javaScriptOf(path))(this.requireFrom(path), exported);
    }
    return exported;
  }

  private requireFrom(path: string): (name: string) => object {
    return name => {
      if (name.startsWith('.')) {
        return this.load(posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts'));
      }
      const found = this.packages[name];
      if (!found) {
        throw new Error(`${path} imports ${name}, which the test does not hand to it.`);
      }
      return found;
    };
  }

  private javaScriptOf(path: string): string {
    const text = this.files.get(path);
    if (text === undefined) {
      throw new Error(`There is no block for ${path}.`);
    }
    const compilerOptions: ts.CompilerOptions = {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      esModuleInterop: true,
    };
    return ts.transpileModule(text, { compilerOptions, fileName: path }).outputText;
  }
}
