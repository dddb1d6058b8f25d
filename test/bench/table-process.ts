import '../support/quiet-logs.js';
import type { BenchTable, Effort, Row } from './bench-table.js';
import { TABLES } from './tables.js';

/** What the process of a table sends to its parent. */
export interface MeasuredTable extends Pick<BenchTable, 'title' | 'missing'> {
  readonly rows: readonly Row[];
}

const [name = '', effort] = process.argv.slice(2);
const { table } = await TABLES.get(name)!();
const { title, missing } = table;
const rows = missing === undefined ? await table.measure(effort as Effort) : [];
if (missing === undefined && rows.length === 0) {
  throw new Error(`The table ${name} has no rows.`);
}
const measured: MeasuredTable = { title, missing, rows };
process.send!(measured, () => process.disconnect());
