import type { Payload, ReceivedCell } from './receiver.js';

/** The time during which a sender reported under a stream identity, as its streams say. */
export interface Tenure {
  /** All labels of the target. */
  readonly identity: string;
  readonly taskNum: number;
  readonly sender: string;
  /** The start of its streams; for gauges that come alone, their first point. Microseconds since the epoch. */
  readonly from: number;
  /** Its last point. */
  readonly to: number;
}

/**
 * Under which identities each sender reported, and when. A gauge has no start of its own: it belongs to the
 * streams that come with it.
 */
export function tenuresOf(payloads: readonly Payload[]): Tenure[] {
  const tenures = new Map<string, Tenure>();
  for (const { sender, endTime, cells } of payloads) {
    for (const [identity, ofTarget] of groupedBy(cells, identityOf)) {
      const from = Math.min(endTime, ...ofTarget.map(({ startTime = endTime }) => startTime));
      const key = JSON.stringify([identity, sender, from]);
      const to = Math.max(endTime, tenures.get(key)?.to ?? 0);
      const taskNum = Number(ofTarget[0]?.target.task_num);
      tenures.set(key, { identity, taskNum, sender, from, to });
    }
  }
  return [...tenures.values()];
}

/** Says where two senders reported under one identity at the same time (T1). */
export function overlapsOf(tenures: readonly Tenure[]): string[] {
  return [...groupedBy(tenures, ({ identity }) => identity).values()].flatMap(ofIdentity =>
    ofIdentity.flatMap((one, i) =>
      ofIdentity
        .slice(i + 1)
        .filter(other => overlap(one, other))
        .map(other => describeOverlap(one, other)),
    ),
  );
}

/** Whether a cell describes the whole service: the instance that runs housekeeping sends it. */
export function isGlobal({ target }: ReceivedCell): boolean {
  return target.host_name === '';
}

/** Returns the key by which streams differ. */
export function identityOf({ target }: ReceivedCell): string {
  return Object.entries(target)
    .map(([label, value]) => `${label}=${value}`)
    .join(' ');
}

/** Groups values by a key, as Map.groupBy() does, which Node 20 lacks. */
export function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) {
      group.push(item);
    } else {
      groups.set(key, [item]);
    }
  }
  return groups;
}

function overlap(one: Tenure, other: Tenure): boolean {
  return one.sender !== other.sender && one.from <= other.to && other.from <= one.to;
}

function describeOverlap(one: Tenure, other: Tenure): string {
  const forSec = (Math.min(one.to, other.to) - Math.max(one.from, other.from)) / 1e6;
  return `under ${one.identity}: ${describe(one)} and ${describe(other)}, ${forSec} s at the same time`;
}

function describe({ sender, from, to }: Tenure): string {
  return `${sender} from ${isoOf(from)} to ${isoOf(to)}`;
}

function isoOf(micros: number): string {
  return new Date(micros / 1000)
    .toISOString()
    .replace('Z', `${String(micros % 1000).padStart(3, '0')}Z`);
}
