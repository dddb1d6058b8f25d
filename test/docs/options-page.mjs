// Writes the tables of options into a page, from the docstrings in lib/: node test/docs/options-page.mjs docs/options.md
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The tables. The names of the options in one begin with its path. */
const TABLES = [
  { path: '', file: 'lib/options/tsmon-options.ts', type: 'TsmonModuleOptions' },
  { path: 'target', file: 'lib/targets/task.ts', type: 'TaskParts' },
  { path: 'datastore', file: 'lib/options/tsmon-options.ts', type: 'DatastoreClientOptions' },
  { path: 'monitor', file: 'lib/options/tsmon-options.ts', type: 'MonitorByName' },
];

const GENERATED = /(<!-- options: begin -->\n)[^]*(<!-- options: end -->)/;

const [, , page] = process.argv;
const program = programOf(TABLES.map(({ file }) => ROOT + file));
const checker = program.getTypeChecker();
const tables = TABLES.flatMap(tablesOf).join('\n\n');
const text = readFileSync(page, 'utf8').replace(
  GENERATED,
  (_all, begin, end) => `${begin}\n${tables}\n\n${end}`,
);
const style = await resolveConfig(ROOT + 'docs/options.md');
writeFileSync(page, await format(text, { ...style, parser: 'markdown' }));

function programOf(files) {
  const { config } = ts.readConfigFile(ROOT + 'tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files },
    ts.sys,
    ROOT,
  );
  return ts.createProgram(files, options);
}

/** The options themselves have one table. Each monitor has one of its own, under a heading. */
function tablesOf({ path, file, type }) {
  const options = optionsOf(exportedType(file, type), path);
  if (path !== 'monitor') {
    return [...(path ? [`### ${path}`] : []), tableOf(options.flatMap(withParts))];
  }
  return options.flatMap(monitor => [
    `### ${monitor.name}`,
    sentence(monitor.says),
    tableOf(optionsOf(monitor.type, monitor.name)),
  ]);
}

/** An option whose value is an object of options with defaults is replaced by these. */
function withParts(option) {
  const isGroup = /^each part as \w+ says/.test(option.byDefault.replaceAll('`', ''));
  return isGroup ? optionsOf(option.type, option.name).flatMap(withParts) : [option];
}

function exportedType(file, name) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(ROOT + file));
  const symbol = checker.getExportsOfModule(module).find(exported => exported.name === name);
  return checker.getDeclaredTypeOfSymbol(symbol);
}

function optionsOf(type, path) {
  return checker.getPropertiesOfType(checker.getNonNullableType(type)).map(property => {
    const tags = property.getJsDocTags(checker);
    const byDefault = tags.find(tag => tag.name === 'default')?.text;
    return {
      name: path ? `${path}.${property.name}` : property.name,
      type: checker.getNonNullableType(checker.getTypeOfSymbol(property)),
      isOptional: Boolean(property.flags & ts.SymbolFlags.Optional),
      says: textOf(property.getDocumentationComment(checker)),
      byDefault: textOf(byDefault),
    };
  });
}

function tableOf(options) {
  const rows = options.map(({ name, type, says, isOptional, byDefault }) =>
    [`\`${name}\``, typeText(type), defaultText(byDefault, isOptional), sentence(says)]
      .map(cell => cell.replaceAll('|', '\\|'))
      .join(' | '),
  );
  return ['option | type | default | what it does', '--- | --- | --- | ---', ...rows]
    .map(row => `| ${row} |`)
    .join('\n');
}

/** A union of literals is written out. Any other type is called by its name. */
function typeText(type) {
  const shown = checker.typeToString(type);
  if (['boolean', 'number', 'string'].includes(shown)) {
    return shown;
  }
  if (checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0) {
    return 'function';
  }
  const flags =
    ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType;
  const members = type.isUnion() && type.types.every(one => one.isLiteral()) ? type.types : [type];
  return members.map(one => `\`${checker.typeToString(one, undefined, flags)}\``).join(', ');
}

/** A default that is a value stands in backticks, and one in words does not. */
function defaultText(byDefault, isOptional) {
  if (byDefault === '') {
    return isOptional ? 'none' : 'required';
  }
  const isValue = /^('[^']*'|\[\]|\{\}|true|false|-?[\d.]+|systemClock)$/.test(byDefault);
  return isValue ? `\`${byDefault}\`` : byDefault.replace(/'[^']*'|\{ [^}]*\{\} \}/g, '`$&`');
}

/** The text of a docstring, with the target of a link in backticks. */
function textOf(parts) {
  return ts.displayPartsToString(parts).replace(/\{@link (\w+) ?\}/g, '`$1`');
}

/** The first paragraph, in one line. Later ones have details that nobody looks up in a table. */
function sentence(says) {
  const [first] = says.split(/\n\s*\n/);
  return first.replace(/\s+/g, ' ');
}
