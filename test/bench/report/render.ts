import type { Row, Spread } from '../bench-table.js';
import { isMet } from './verdict.js';

type Line = readonly string[];

const HEAD: Line = ['what', 'unit', 'ours', 'peer', "peer's", 'ratio', 'target', 'verdict', 'note'];

/** Columns that line up, for a terminal. */
export function asText(title: string, rows: readonly Row[]): string {
  return [title, ...linesOf(rows).map(line => `  ${line.join('  ').trimEnd()}`)].join('\n');
}

/** A table for the docs. */
export function asMarkdown(title: string, rows: readonly Row[]): string {
  const [head, ...body] = linesOf(rows);
  const rule = head!.map(text => '-'.repeat(text.length));
  const lines = [head!, rule, ...body].map(line => `| ${line.join(' | ')} |`);
  return [`**${title}**`, '', ...lines].join('\n');
}

/** The columns in which any row has something to say, each as wide as its longest text. */
function linesOf(rows: readonly Row[]): string[][] {
  const body = rows.map(cellsOf);
  const columns = HEAD.map((_, column) => column).filter(column =>
    body.some(line => line[column] !== ''),
  );
  const lines = [HEAD, ...body].map(line => columns.map(column => line[column]!));
  const widths = columns.map((_, i) => Math.max(...lines.map(line => line[i]!.length)));
  return lines.map(line => line.map((text, i) => text.padEnd(widths[i]!)));
}

function cellsOf(row: Row): Line {
  const { what, unit, ours, peer = '', peerValue, ratio, target, direction, note = '' } = row;
  const bound = direction === 'at-most' ? '≤' : '≥';
  const met = isMet(row);
  return [
    what,
    unit,
    rangeOf(ours),
    peer,
    rangeOf(peerValue),
    rangeOf(ratio),
    target === undefined ? '' : `${bound} ${target}`,
    met === undefined ? '' : met ? 'met' : 'MISSED',
    note,
  ];
}

/** `12.3 (11.9–14.0)`: the median, the least and the most. */
function rangeOf(spread: Spread | undefined): string {
  if (!spread) {
    return '';
  }
  const { median, min, max } = spread;
  return min === max ? shown(median) : `${shown(median)} (${shown(min)}–${shown(max)})`;
}

/** Three digits that count. */
function shown(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en', {
    minimumFractionDigits: Number.isInteger(value) ? 0 : digits,
    maximumFractionDigits: digits,
  });
}
