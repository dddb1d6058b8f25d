import type { Payload, ReceivedCell } from './receiver.js';
import { groupedBy, identityOf } from './tenures.js';

interface Point {
  readonly cell: ReceivedCell;
  readonly endTime: number;
}

/**
 * What a cumulative metric of one sender came to, over all its streams: within a stream the last value counts.
 * Of a distribution it is the number of samples.
 *
 * @param payloads all that the sender has sent, in any order.
 * @param fields those that the cells must have; others do not matter.
 * @throws Error where a value went down within a stream.
 */
export function incrementsOf(
  payloads: readonly Payload[],
  metric: string,
  fields: ReceivedCell['fields'] = {},
): number {
  const points = payloads
    .toSorted((a, b) => a.endTime - b.endTime)
    .flatMap(({ cells, endTime }) => cells.map(cell => ({ cell, endTime })))
    .filter(({ cell }) => cell.metric === metric && hasFields(cell, fields));
  const streams = [...groupedBy(points, streamOf).values()];
  return streams.reduce((sum, stream) => sum + lastValue(stream), 0);
}

function hasFields(cell: ReceivedCell, fields: ReceivedCell['fields']): boolean {
  return Object.entries(fields).every(([name, value]) => cell.fields[name] === value);
}

function streamOf({ cell }: Point): string {
  return JSON.stringify([identityOf(cell), cell.startTime, cell.fields]);
}

function lastValue(stream: readonly Point[]): number {
  let last = 0;
  for (const { cell, endTime } of stream) {
    const value = numberOf(cell);
    if (value < last) {
      throw new Error(
        `${cell.metric} was ${last}, and ${value} at ${endTime}, in the stream ${streamOf({ cell, endTime })}.`,
      );
    }
    last = value;
  }
  return last;
}

function numberOf({ metric, value }: ReceivedCell): number {
  const number = typeof value === 'object' ? (value as { count?: unknown } | null)?.count : value;
  if (typeof number !== 'number') {
    throw new TypeError(`${metric} has the value ${JSON.stringify(value)}, which counts nothing.`);
  }
  return number;
}
