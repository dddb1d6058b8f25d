import type { Payload, ReceivedCell } from '../receiver.js';
import { incrementsOf } from '../received-increments.js';
import type { Kind } from './request-kinds.js';

/** Counts of the requests of one kind, from the start. */
export interface Tally {
  readonly kind: Kind;
  readonly metric: string;
  /** How many requests the clients know of. */
  readonly told: number;
  /** How many requests the receiver knows of. */
  readonly received: number;
  /** How many of these came twice, by all that the application can know. */
  readonly twice: number;
}

/** A metric that must have counted requests, and its cells for them. */
interface Counter {
  readonly metric: string;
  readonly fields: ReceivedCell['fields'];
}

/**
 * What was counted of the requests that were answered.
 *
 * @param payloads all that the receiver has taken.
 * @param accepted the end times of those of which the application knows that they were accepted.
 */
export function talliesOf(
  answered: ReadonlyMap<Kind, number>,
  payloads: readonly Payload[],
  accepted: ReadonlySet<number>,
): Tally[] {
  return [...answered].flatMap(([kind, told]) =>
    countersOf(kind).map(({ metric, fields }) => {
      const received = incrementsOf(payloads, metric, fields);
      const twice = countedTwice(payloads, accepted, { metric, fields });
      return { kind, metric, told, received, twice };
    }),
  );
}

/** Returns the kinds of which the receiver has counted fewer requests than were answered, or more, apart from known repetitions. */
export function wrongCounts(tallies: readonly Tally[]): string[] {
  return tallies
    .filter(({ told, received, twice }) => received !== told + twice)
    .map(
      ({ kind: { path, status }, metric, told, received, twice }) =>
        `${metric} of ${path} ${status}: told ${told}, received ${received}, of these ${twice} twice`,
    );
}

function countersOf({ leaves, fields, handler }: Kind): Counter[] {
  if (leaves) {
    return []; // nobody knows whether it has got there
  }
  const counters: Counter[] = [
    { metric: 'http/server_response_status', fields },
    { metric: 'http/server_durations', fields },
  ];
  if (handler) {
    counters.push({ metric: 'soak/handled', fields: { handler } });
  }
  if (handler === 'order') {
    counters.push({ metric: 'soak/quantities', fields: {} });
  }
  return counters;
}

/**
 * What came beyond the last payload that was known to be accepted, in streams that have ended: it was carried over
 * to the next ones, and so came once more.
 */
function countedTwice(
  payloads: readonly Payload[],
  accepted: ReadonlySet<number>,
  { metric, fields }: Counter,
): number {
  const ended = withoutLastStreams(payloads, metric);
  const known = ended.filter(({ endTime }) => accepted.has(endTime));
  return incrementsOf(ended, metric, fields) - incrementsOf(known, metric, fields);
}

/** Returns the payloads without the latest stream of each cell, which still goes on. */
function withoutLastStreams(payloads: readonly Payload[], metric: string): Payload[] {
  const lastStarts = new Map<string, number>();
  for (const cell of payloads.flatMap(({ cells }) => cells)) {
    const key = keyOf(cell);
    lastStarts.set(key, Math.max(lastStarts.get(key) ?? 0, cell.startTime ?? 0));
  }
  const hasEnded = (cell: ReceivedCell): boolean =>
    cell.metric === metric && cell.startTime !== lastStarts.get(keyOf(cell));
  return payloads.map(({ sender, endTime, cells }) => ({
    sender,
    endTime,
    cells: cells.filter(hasEnded),
  }));
}

function keyOf({ metric, fields }: ReceivedCell): string {
  return JSON.stringify([metric, fields]);
}
