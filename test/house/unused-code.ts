import ts from 'typescript';
import { resolved, type Sources } from './sources.js';

/** Whether package.json exports the file, or names it as the command. Nothing in lib/ imports it. */
const isEntryPoint = (path: string): boolean =>
  path.startsWith('entry/') || ['cli/main.ts', 'cli/nest-add/nest-add.ts'].includes(path);

/** Stands for all names of a file. */
const EVERY_NAME = '*';

/** A name that one file takes from another. */
interface Use {
  readonly by: string;
  readonly of: string;
  readonly name: string;
}

/** The files of lib/ that no other file of lib/ imports. */
export function unusedFiles(lib: Sources): string[] {
  const used = new Set(usesIn(lib).map(({ of }) => of));
  return Object.keys(lib)
    .filter(path => !isEntryPoint(path) && !used.has(path))
    .map(path => `${path} is imported by no file of lib/`);
}

/** The names that lib/ exports, and that no other file of lib/ or test/ imports. */
export function unusedExports(lib: Sources, tests: Sources): string[] {
  const used = new Set(usesIn({ ...lib, ...tests }).map(({ of, name }) => `${of} ${name}`));
  const isUsed = (path: string, name: string): boolean =>
    used.has(`${path} ${name}`) || used.has(`${path} ${EVERY_NAME}`);
  return Object.entries(lib)
    .filter(([path]) => !isEntryPoint(path))
    .flatMap(([path, text]) =>
      exportedNames(parsed(path, text))
        .filter(name => !isUsed(path, name))
        .map(name => `${path} exports ${name}, which no other file uses`),
    );
}

function usesIn(sources: Sources): Use[] {
  return Object.entries(sources).flatMap(([by, text]) =>
    namesTaken(parsed(by, text))
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier, name }) => ({ by, of: resolved(by, specifier), name }))
      .filter(({ of }) => of !== by),
  );
}

function parsed(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023);
}

interface TakenName {
  readonly specifier: string;
  readonly name: string;
}

/** The names that a file imports or exports from others, types and import() included. */
function namesTaken(file: ts.SourceFile): TakenName[] {
  const atTop = file.statements.flatMap(namesTakenBy);
  return file.text.includes('import(') ? [...atTop, ...namesTakenInside(file)] : atTop;
}

function namesTakenInside(node: ts.Node): TakenName[] {
  const names: TakenName[] = [];
  ts.forEachChild(node, child => {
    names.push(...namesTakenByImportCall(child), ...namesTakenInside(child));
  });
  return names;
}

function namesTakenBy(node: ts.Node): TakenName[] {
  if (ts.isImportDeclaration(node)) {
    return named(node.moduleSpecifier, node.importClause?.namedBindings);
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    return named(node.moduleSpecifier, node.exportClause);
  }
  return [];
}

function namesTakenByImportCall(node: ts.Node): TakenName[] {
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const name = node.qualifier ? firstName(node.qualifier) : EVERY_NAME;
    return taken(node.argument.literal, [name]);
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return taken(node.arguments[0], [EVERY_NAME]);
  }
  return [];
}

function firstName(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : firstName(name.left);
}

function named(
  specifier: ts.Node,
  bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined,
): TakenName[] {
  const names =
    bindings && (ts.isNamedImports(bindings) || ts.isNamedExports(bindings))
      ? bindings.elements.map(({ propertyName, name }) => (propertyName ?? name).text)
      : [EVERY_NAME];
  return taken(specifier, names);
}

function taken(specifier: ts.Node | undefined, names: readonly string[]): TakenName[] {
  return specifier && ts.isStringLiteral(specifier)
    ? names.map(name => ({ specifier: specifier.text, name }))
    : [];
}

/** The names that a file declares and exports. */
function exportedNames(file: ts.SourceFile): string[] {
  return file.statements.flatMap(statement => {
    if (ts.isExportDeclaration(statement) && !statement.moduleSpecifier) {
      const { exportClause } = statement;
      return exportClause && ts.isNamedExports(exportClause)
        ? exportClause.elements.map(({ name }) => name.text)
        : [];
    }
    if (!isExported(statement)) {
      return [];
    }
    return ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.flatMap(({ name }) => boundNames(name))
      : declaredName(statement);
  });
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function boundNames(name: ts.BindingName): string[] {
  return ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap(element =>
        ts.isBindingElement(element) ? boundNames(element.name) : [],
      );
}

function declaredName(statement: ts.Statement): string[] {
  const { name } = statement as ts.DeclarationStatement;
  return name ? [name.text] : [];
}
