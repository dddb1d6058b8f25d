import { parseArgs } from 'node:util';
import type { Effort } from './bench-table.js';
import { messageFrom } from './child-process.js';
import { describeMachine } from './report/machine.js';
import { asMarkdown, asText } from './report/render.js';
import { isFarOff } from './report/verdict.js';
import type { MeasuredTable } from './table-process.js';
import { TABLES } from './tables.js';

/** Garbage is collected between measurements, which must not cost the subjects their compiled code. */
const NODE_OPTIONS_OF_TABLES = ['--expose-gc', '--no-flush-bytecode'];

const { values, positionals } = parseArgs({
  options: { short: { type: 'boolean' }, markdown: { type: 'boolean' } },
  allowPositionals: true,
});
const unknown = positionals.filter(name => !TABLES.has(name));
if (unknown.length > 0) {
  throw new Error(
    `No such table: ${unknown.join(', ')}. There are ${[...TABLES.keys()].join(', ')}.`,
  );
}

const effort: Effort = values.short ? 'short' : 'long';
const render = values.markdown ? asMarkdown : asText;
const problems: string[] = [];

print(describeMachine());
for (const name of positionals.length > 0 ? positionals : TABLES.keys()) {
  try {
    await run(name);
  } catch (error) {
    problems.push(`${name}: ${String(error)}`);
  }
}
if (problems.length > 0) {
  print(`Failed:\n${problems.map(problem => `- ${problem}`).join('\n')}`);
  process.exitCode = 1;
}

/** Measures a table, and prints it. In the short form rows that are far from their targets are problems. */
async function run(name: string): Promise<void> {
  const script = new URL('table-process.js', import.meta.url);
  const { title, missing, rows } = await messageFrom<MeasuredTable>(
    script,
    [name, effort],
    NODE_OPTIONS_OF_TABLES,
  );
  print(missing ? `${name}: not measured: ${missing}` : render(`${name}: ${title}`, rows));
  if (effort === 'short') {
    const farOff = rows.filter(isFarOff);
    problems.push(...farOff.map(({ what }) => `${name}: "${what}" is far from its target`));
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}
