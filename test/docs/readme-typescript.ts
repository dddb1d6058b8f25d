import { join } from 'node:path';
import ts from 'typescript';
import { blocksOf, ROOT, type Block } from './readme-markdown.js';

/**
 * How the TypeScript of the documents is put together, which is all there is to know for whoever writes a block:
 *
 * - A block with a file name, such as ```` ```ts src/app.module.ts ````, is that file, whole. All of a document are one
 *   application, whose blocks may import each other. Those of docs/testing.md may import the quick start of the README.
 * - Any other block is a module of its own, and may use whatever `nestjs-tsmon` exports without importing it.
 */
export function sourcesOf(blocks: readonly Block[]): Map<string, string> {
  return new Map(blocks.map(block => [pathOf(block), moduleOf(block)]));
}

/** The files of the application that a document describes, by their names. */
export function filesOf(document: string): [name: string, text: string][] {
  return blocksOf(document)
    .filter(({ language, name }) => language === 'ts' && name !== '')
    .map(({ name, text }) => [name, text]);
}

/** Where a block lies for the compiler. There is no such folder. */
export function pathOf({ document, line, name }: Block): string {
  return join(folderOf(document), name || `block-in-line-${line}.ts`);
}

/** The folder of the application that a document describes. */
export function folderOf(document: string): string {
  return join(ROOT, 'in-documents', document.replace(/\W+/g, '-'));
}

/**
 * What the compiler says of sources that exist in memory only, by their path.
 *
 * @param stricter options beside those of the project.
 */
export function complaintsOf(
  sources: ReadonlyMap<string, string>,
  stricter: ts.CompilerOptions = {},
): Map<string, string[]> {
  const options: ts.CompilerOptions = {
    ...projectOptions(),
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    rootDir: undefined,
    ...stricter,
  };
  const program = ts.createProgram([...sources.keys()], options, hostOf(options, sources));
  const complaints = [...sources.keys()].map((path): [string, string[]] => {
    const file = program.getSourceFile(path)!;
    const diagnostics = ts.getPreEmitDiagnostics(program, file);
    return [path, diagnostics.map(({ messageText, start }) => shown(file, messageText, start))];
  });
  return new Map(complaints);
}

function projectOptions(): ts.CompilerOptions {
  const path = join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT).options;
}

function hostOf(
  options: ts.CompilerOptions,
  sources: ReadonlyMap<string, string>,
): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const folders = new Set([...sources.keys()].map(path => path.replace(/\/[^/]*$/, '')));
  const isFolder = (path: string): boolean =>
    [...folders].some(folder => folder === path || folder.startsWith(`${path}/`));
  return {
    ...host,
    fileExists: path => sources.has(path) || host.fileExists(path),
    readFile: path => sources.get(path) ?? host.readFile(path),
    directoryExists: path => isFolder(path) || host.directoryExists!(path),
    getSourceFile: (path, ...rest) => {
      const text = sources.get(path);
      return text === undefined
        ? host.getSourceFile(path, ...rest)
        : ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
    },
  };
}

function shown(
  file: ts.SourceFile,
  message: string | ts.DiagnosticMessageChain,
  start = 0,
): string {
  const { line } = file.getLineAndCharacterOfPosition(start);
  const text = ts.flattenDiagnosticMessageText(message, '\n');
  return `${text}\n  at ${file.text.split('\n')[line]?.trim()}`;
}

/** Also where a block has neither import nor export it is a module, so that it shares no names with others. */
function moduleOf({ name, text }: Block): string {
  if (name !== '') {
    return text;
  }
  const used = libraryNames().filter(exported => isUsed(exported, text));
  // In one line with the block's first, so that the line numbers stay.
  return `import { ${used.join(', ')} } from 'nestjs-tsmon'; export {};${text}`;
}

/** Whether a block uses a name that it neither declares nor imports. */
function isUsed(name: string, text: string): boolean {
  const file = ts.createSourceFile('block.ts', text, ts.ScriptTarget.ES2023, true);
  let isNamed = false;
  let isDeclared = false;
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name) {
      isNamed = true;
      const { parent } = node;
      isDeclared ||=
        (ts.isImportSpecifier(parent) || ts.isVariableDeclaration(parent)) && parent.name === node;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return isNamed && !isDeclared;
}

let names: readonly string[] | undefined;

/** What lib/entry/index.ts exports. */
function libraryNames(): readonly string[] {
  return (names ??= exportedNames(join(ROOT, 'lib/entry/index.ts')));
}

function exportedNames(path: string): string[] {
  const text = ts.sys.readFile(path)!;
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023);
  return file.statements.flatMap(statement =>
    ts.isExportDeclaration(statement) &&
    statement.exportClause &&
    ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map(element => element.name.text)
      : [],
  );
}
