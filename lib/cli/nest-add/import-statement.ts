import type { ImportDeclaration, SourceFile } from 'typescript';
import { inserted, lineBreakOf, parse, restOfLine } from './source-text.js';
import type { TypeScript } from './typescript-of-app.js';

/** Adds the import of a name, with the quotes and the semicolons of the imports that are there. */
export function withImport(ts: TypeScript, text: string, name: string, from: string): string {
  const file = parse(ts, 'module.ts', text);
  const imports = file.statements.filter(statement => ts.isImportDeclaration(statement));
  const present = imports.find(statement => specifierOf(ts, statement) === from);
  const names = present && namesOf(ts, present);
  if (names?.some(one => one.text === name)) {
    return text;
  }
  const lastName = names?.at(-1);
  return lastName
    ? inserted(text, lastName.end, `, ${name}`)
    : withImportLine(file, neighbourOf(ts, imports, from), `import { ${name} } from`, from);
}

/** @returns the import that a new one follows: packages are together, and before files. */
function neighbourOf(
  ts: TypeScript,
  imports: readonly ImportDeclaration[],
  from: string,
): ImportDeclaration | undefined {
  const isFile = (specifier: string): boolean => specifier.startsWith('.');
  const alike = imports.filter(one => isFile(specifierOf(ts, one)) === isFile(from));
  return alike.at(-1) ?? imports.at(-1);
}

/** @returns what the import names, such as `./app.module.js`. */
export function specifierOf(ts: TypeScript, { moduleSpecifier }: ImportDeclaration): string {
  return ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : '';
}

/** @returns the names between the braces of an import that also imports values. */
function namesOf(ts: TypeScript, { importClause }: ImportDeclaration) {
  const bindings = importClause?.namedBindings;
  return bindings && ts.isNamedImports(bindings) && !isTypeOnly(importClause)
    ? bindings.elements.map(({ name, end }) => ({ text: name.text, end }))
    : undefined;
}

function isTypeOnly(clause: ImportDeclaration['importClause']): boolean {
  return clause?.getText().startsWith('type ') ?? false;
}

function withImportLine(
  { text }: SourceFile,
  neighbour: ImportDeclaration | undefined,
  start: string,
  from: string,
): string {
  if (!neighbour) {
    return `${start} '${from}';${lineBreakOf(text)}${text}`;
  }
  const quote = neighbour.moduleSpecifier.getText()[0];
  const semicolon = text[neighbour.end - 1] === ';' ? ';' : '';
  const line = `${start} ${quote}${from}${quote}${semicolon}`;
  const lineEnd = neighbour.end + (restOfLine(text.slice(neighbour.end))?.length ?? 0);
  return inserted(text, lineEnd, lineBreakOf(text) + line);
}
