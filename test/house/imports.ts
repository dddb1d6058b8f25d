import ts from 'typescript';
import { resolved, type Sources } from './sources.js';

/** What a file imports and exports from, types and import() included. */
export function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** What is loaded together with a file: types, which vanish, and import(), which waits, are left out. */
export function staticImportsOf(text: string): string[] {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      experimentalDecorators: true,
    },
  });
  const { statements } = ts.createSourceFile('file.js', outputText, ts.ScriptTarget.ES2023);
  return statements.flatMap(statement =>
    (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) &&
    statement.moduleSpecifier &&
    ts.isStringLiteral(statement.moduleSpecifier)
      ? [statement.moduleSpecifier.text]
      : [],
  );
}

/** The ways by which a file imports itself. */
export function circlesIn(sources: Sources): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) {
      circles.push(`circle: ${[...way.slice(way.indexOf(path)), path].join(' > ')}`);
      return;
    }
    if (done.has(path) || !Object.hasOwn(sources, path)) {
      return;
    }
    done.add(path);
    for (const specifier of importsOf(sources[path]!)) {
      if (specifier.startsWith('.')) {
        visit(resolved(path, specifier), [...way, path]);
      }
    }
  };
  Object.keys(sources).forEach(path => visit(path, []));
  return circles;
}
