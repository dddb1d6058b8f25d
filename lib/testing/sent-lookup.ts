import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { isDistribution } from '../metrics/distribution.js';
import type { FieldValue } from '../metrics/fields.js';
import type { Cell } from '../store/cell.js';
import type { Target } from '../targets/target.js';

/** The cells that a test looks for: a metric, some field values, and a target. Other fields may have any value. */
export interface SentQuery {
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly target: Target | undefined;
}

const MAX_LISTED_CELLS = 40;

/**
 * Returns the one cell that matches, as it was sent last.
 *
 * @throws AssertionError when no cell or several cells match.
 */
export function theCell(sent: readonly Cell[], query: SentQuery): Cell {
  const matching = matchingCells(sent, query);
  const [cell] = matching;
  if (!cell) {
    throw failure(`${describe(query)} was not sent.`, sent, query.name);
  }
  if (matching.length > 1) {
    throw failure(
      `${describe(query)} is ${matching.length} cells: name more of their fields, or the target.`,
      matching,
      query.name,
    );
  }
  return cell;
}

/** @throws AssertionError when a cell matches. */
export function assertNoCell(sent: readonly Cell[], query: SentQuery): void {
  const matching = matchingCells(sent, query);
  if (matching.length > 0) {
    throw failure(`${describe(query)} was sent.`, matching, query.name);
  }
}

function matchingCells(sent: readonly Cell[], { name, fields, target }: SentQuery): Cell[] {
  return lastOfEach(sent).filter(
    cell =>
      cell.metric.name === name &&
      (target === undefined || cell.target.key === target.key) &&
      Object.entries(fields).every(([field, value]) => Object.is(fieldsOf(cell)[field], value)),
  );
}

/** Keeps the last value of each cell: a cell is sent again with every flush. */
function lastOfEach(sent: readonly Cell[]): Cell[] {
  const cells = new Map(
    sent.map(cell => [
      JSON.stringify([cell.metric.name, cell.target.key, ...cell.fieldValues]),
      cell,
    ]),
  );
  return [...cells.values()];
}

function fieldsOf({ metric, fieldValues }: Cell): Record<string, FieldValue | undefined> {
  return Object.fromEntries(metric.fields.names.map((name, i) => [name, fieldValues[i]]));
}

function failure(what: string, cells: readonly Cell[], name: string): AssertionError {
  return new AssertionError({ message: `${what}\n${list(cells, name)}` });
}

/** Lists cells for a message. Cells of the metric come first. */
function list(cells: readonly Cell[], name: string): string {
  const last = lastOfEach(cells);
  if (last.length === 0) {
    return 'Nothing was sent at all: flush() first.';
  }
  const sorted = [
    ...last.filter(({ metric }) => metric.name === name),
    ...last.filter(({ metric }) => metric.name !== name),
  ];
  const lines = sorted.slice(0, MAX_LISTED_CELLS).map(line);
  const others = sorted.length - lines.length;
  return ['What was sent:', ...lines, ...(others > 0 ? [`  and ${others} more`] : [])].join('\n');
}

function line(cell: Cell): string {
  const fields = cell.fieldValues.length > 0 ? ` ${inspect(fieldsOf(cell))}` : '';
  return `  ${cell.metric.name}${fields}: ${shown(cell.value)} (${Object.values(cell.target.labels()).join(' ')})`;
}

function shown(value: Cell['value']): string {
  return isDistribution(value) ? `${value.count} samples, sum ${value.sum}` : inspect(value);
}

function describe({ name, fields, target }: SentQuery): string {
  return [
    name,
    ...(Object.keys(fields).length > 0 ? [inspect(fields)] : []),
    ...(target ? [`of ${Object.values(target.labels()).join(' ')}`] : []),
  ].join(' ');
}
