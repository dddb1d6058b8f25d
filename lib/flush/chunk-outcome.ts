import { inspect } from 'node:util';
import { nameOf } from '../log.js';
import type { Monitor, RejectedCell, RejectionOutcome, SendResult } from '../monitors/monitor.js';
import type { CellSnapshot } from '../store/snapshot.js';

const OUTCOMES: readonly unknown[] = [
  'refused',
  'retry',
  'unknown',
] satisfies readonly RejectionOutcome[];

/** The cells of a chunk by their outcome. */
export interface ChunkOutcome extends Readonly<Record<RejectionOutcome, readonly CellSnapshot[]>> {
  readonly accepted: readonly CellSnapshot[];
  readonly reasons: readonly unknown[];
}

/**
 * Sorts the cells of a chunk by the outcome that a monitor reports.
 *
 * @throws TypeError or RangeError when the result breaks the contract of `Monitor`. The outcome of every cell is unknown then.
 */
export function chunkOutcome(
  chunk: readonly CellSnapshot[],
  result: SendResult,
  monitor: Monitor,
): ChunkOutcome {
  const rejected: unknown = result?.rejected;
  if (!Array.isArray(rejected)) {
    throw new TypeError(`${calledOn(monitor)} must resolve to { rejected: [] }.`);
  }
  const outcomes = outcomesByIndex(rejected, chunk.length, monitor);
  const sorted = {
    accepted: outcomes.size === 0 ? chunk : chunk.filter((_, index) => !outcomes.has(index)),
    refused: [] as CellSnapshot[],
    retry: [] as CellSnapshot[],
    unknown: [] as CellSnapshot[],
    reasons: rejected.map(({ reason }: RejectedCell) => reason),
  };
  for (const [index, outcome] of outcomes) {
    sorted[outcome].push(chunk[index]!);
  }
  return sorted;
}

function outcomesByIndex(
  rejected: readonly unknown[],
  count: number,
  monitor: Monitor,
): Map<number, RejectionOutcome> {
  const outcomes = new Map<number, RejectionOutcome>();
  for (const [place, rejection] of rejected.entries()) {
    const { index, outcome } = checked(rejection, place, count, monitor);
    const earlier = outcomes.get(index) ?? outcome;
    // Two different outcomes for one cell contradict each other, so the outcome is unknown.
    outcomes.set(index, earlier === outcome ? outcome : 'unknown');
  }
  return outcomes;
}

function checked(rejection: unknown, place: number, count: number, monitor: Monitor): RejectedCell {
  const { index, outcome, retry } = Object(rejection) as Partial<RejectedCell> & {
    readonly retry?: unknown;
  };
  const path = `${calledOn(monitor)}: rejected[${place}]`;
  if (!OUTCOMES.includes(outcome)) {
    const hint =
      retry === undefined
        ? ''
        : " The field retry is no more: write outcome: 'refused' for retry: false, 'retry' for retry: true where the cell was surely not written, and 'unknown' where it was perhaps written.";
    throw new TypeError(
      `${path}.outcome must be 'refused', 'retry' or 'unknown', got ${inspect(outcome)}.${hint}`,
    );
  }
  if (!Number.isInteger(index) || index! < 0 || index! >= count) {
    throw new RangeError(
      `${path}.index must be the index of one of the ${count} cells that were sent, got ${inspect(index)}.`,
    );
  }
  return rejection as RejectedCell;
}

function calledOn(monitor: Monitor): string {
  return `send() of ${nameOf(monitor)}`;
}
