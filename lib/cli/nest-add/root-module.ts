import type {
  ArrayLiteralExpression,
  ClassDeclaration,
  ObjectLiteralExpression,
  SourceFile,
} from 'typescript';
import { withImport } from './import-statement.js';
import {
  firstIn,
  indentationAt,
  inserted,
  isNamed,
  lineBreakOf,
  parse,
  restOfLine,
  type Edit,
} from './source-text.js';
import type { TypeScript } from './typescript-of-app.js';

/**
 * Adds an entry to the `imports` of a module.
 *
 * @param className the module. If the file has another name for it, its only module is taken.
 * @param entry such as `TsmonModule.forRoot()`.
 */
export function withModuleImport(
  ts: TypeScript,
  text: string,
  className: string,
  entry: string,
): Edit {
  const metadata = moduleMetadata(ts, parse(ts, 'module.ts', text), className);
  if (!metadata) {
    return { reason: `it has no class ${className} with @Module({ … })` };
  }
  const property = metadata.properties.find(one => one.name && nameIn(one.name) === 'imports');
  if (!property) {
    return metadata.properties.some(one => ts.isSpreadAssignment(one))
      ? { reason: 'its @Module() takes properties from elsewhere' }
      : { text: withTsmonImport(ts, withProperty(text, metadata, `imports: [${entry}]`)) };
  }
  return ts.isPropertyAssignment(property) && ts.isArrayLiteralExpression(property.initializer)
    ? { text: withTsmonImport(ts, withElement(text, property.initializer, entry)) }
    : { reason: 'the imports of its @Module() are no array that is written there' };
}

function withTsmonImport(ts: TypeScript, text: string): string {
  return withImport(ts, text, 'TsmonModule', 'nestjs-tsmon');
}

function nameIn(name: { getText(): string }): string {
  return name.getText().replaceAll(/['"]/g, '');
}

/** @returns the object in `@Module({ … })`. */
function moduleMetadata(
  ts: TypeScript,
  file: SourceFile,
  className: string,
): ObjectLiteralExpression | undefined {
  const modules = file.statements
    .filter(statement => ts.isClassDeclaration(statement))
    .map(declaration => ({ name: declaration.name?.text, metadata: metadataOf(ts, declaration) }))
    .filter(({ metadata }) => metadata !== undefined);
  const named = modules.find(({ name }) => name === className);
  const chosen = named ?? (modules.length === 1 ? modules[0] : undefined);
  return chosen?.metadata;
}

function metadataOf(
  ts: TypeScript,
  declaration: ClassDeclaration,
): ObjectLiteralExpression | undefined {
  for (const { expression } of ts.getDecorators(declaration) ?? []) {
    if (ts.isCallExpression(expression) && isNamed(ts, expression.expression, 'Module')) {
      const [argument] = expression.arguments;
      return argument && ts.isObjectLiteralExpression(argument) ? argument : undefined;
    }
  }
  return undefined;
}

function withProperty(text: string, object: ObjectLiteralExpression, property: string): string {
  const [first] = object.properties;
  if (!first) {
    return inserted(text, object.getStart() + 1, ` ${property} `);
  }
  const start = first.getStart();
  const isOnItsOwnLine = text.slice(object.getStart(), start).includes('\n');
  const gap = isOnItsOwnLine ? lineBreakOf(text) + indentationAt(text, start) : ' ';
  return inserted(text, start, `${property},${gap}`);
}

function withElement(text: string, array: ArrayLiteralExpression, element: string): string {
  const last = array.elements.at(-1);
  if (!last) {
    const isBlank = text.slice(array.getStart() + 1, array.end - 1).trim() === '';
    return inserted(text, array.getStart() + 1, isBlank ? element : `${element},`);
  }
  const rest = restOfLine(text.slice(last.end, array.end - 1));
  const hasComma = rest?.startsWith(',') ?? false;
  if (rest === undefined || hasComma !== array.elements.hasTrailingComma) {
    return inserted(text, last.end, `, ${element}`);
  }
  const lineEnd = last.end + rest.length;
  const line = lineBreakOf(text) + indentationAt(text, last.getStart()) + element;
  return hasComma
    ? inserted(text, lineEnd, `${line},`)
    : inserted(inserted(text, lineEnd, line), last.end, ',');
}

/** @returns whether a file calls a method of `TsmonModule`, such as `forRoot()` or `forRootAsync()`. */
export function usesTsmonModule(ts: TypeScript, text: string): boolean {
  return (
    text.includes('TsmonModule') &&
    firstIn(ts, parse(ts, 'module.ts', text), node =>
      ts.isPropertyAccessExpression(node) && isNamed(ts, node.expression, 'TsmonModule')
        ? node
        : undefined,
    ) !== undefined
  );
}
