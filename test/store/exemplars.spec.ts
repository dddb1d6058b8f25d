import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import type { CellSnapshot } from '../../lib/store/snapshot.js';
import { Task } from '../../lib/targets/task.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import type { TraceSpan } from '../../lib/trace-context.js';

const own = new Task({ serviceName: 's', jobName: 'j' });
const QUIET_MS = 180_000;

function spanOf(name: string): TraceSpan {
  return { traceId: `trace ${name}`, spanId: `span ${name}` };
}

function setUp(cells = 1) {
  const registry = new Registry();
  const store = storeOf(registry);
  const clock = new ManualClock();
  store.useClock(clock);
  store.cellsPerMetric = cells;
  const fields = { route: 'string' } as const;
  const bucketer = Bucketer.fixedWidth(10, 10);
  const durations = new CumulativeDistribution('durations', { registry, fields, bucketer });
  const add = (sample: number, trace: string | undefined, route = '/'): void =>
    durations.addInSpan(sample, trace === undefined ? undefined : spanOf(trace), { route });
  const snapshot = (): CellSnapshot =>
    store.snapshot(registry.instanceMetrics(), own)[0] as CellSnapshot;
  const due = (): CellSnapshot[] => {
    const captured = store.captureDue(registry.instanceMetrics() as [], own, QUIET_MS);
    return captured.slice(0, captured.length);
  };
  return { registry, store, clock, durations, add, snapshot, due };
}

/** Samples and their traces, such as `12 a`. */
function exemplarsOf(cell: CellSnapshot | undefined): string[] | undefined {
  return cell?.exemplars?.map(({ value, traceId }) => `${value} ${traceId.slice(6)}`);
}

describe('the exemplars of a cell', () => {
  it('are the largest sample of each bucket, by value, with time, trace and span', () => {
    const { clock, add, snapshot } = setUp();
    add(25, 'a');
    add(12, 'b');
    const moment = clock.now() * 1000;
    add(19, 'c');
    add(11, 'd');
    const { exemplars } = snapshot();
    expect(exemplars?.map(({ value }) => value)).toEqual([19, 25]);
    const { timestamp } = exemplars![0]!;
    expect(exemplars![0]).toEqual({ value: 19, timestamp, traceId: 'trace c', spanId: 'span c' });
    expect(timestamp - moment).toBeLessThan(1000);
    expect(Number.isSafeInteger(timestamp)).toBe(true);
  });

  it('are undefined without samples that have a span', () => {
    const { add, snapshot } = setUp();
    add(5, undefined);
    expect(snapshot().exemplars).toBe(undefined);
  });

  it('do not change in a snapshot, and are not sent again after it was accepted', () => {
    const { add, snapshot } = setUp();
    add(5, 'a');
    const sent = snapshot();
    add(15, 'b');
    expect(exemplarsOf(sent)).toEqual(['5 a']);
    sent.accept();
    expect(exemplarsOf(snapshot())).toEqual(['15 b']);
    snapshot().accept();
    expect(snapshot().exemplars).toBe(undefined);
  });

  it('are sent again until a monitor has accepted them', () => {
    const { add, snapshot } = setUp();
    add(5, 'a');
    expect(exemplarsOf(snapshot())).toEqual(['5 a']);
    expect(exemplarsOf(snapshot().again(own))).toEqual(['5 a']);
  });

  it('are of the next interval once they were accepted, also if samples are smaller', () => {
    const { add, snapshot } = setUp();
    add(9, 'a');
    snapshot().accept();
    add(3, 'b');
    add(2, 'c');
    expect(exemplarsOf(snapshot())).toEqual(['3 b']);
  });

  it('can still be shown after they were accepted', () => {
    const { store, durations, add, snapshot } = setUp();
    add(9, 'a');
    snapshot().accept();
    const [stored] = [...store.open(durations)];
    expect(stored?.exemplars?.map(({ value }) => value)).toEqual([9]);
  });

  it('F7 leave out buckets that are empty in a new stream', () => {
    const { store, add, snapshot } = setUp();
    add(5, 'a');
    add(15, 'b');
    const first = snapshot();
    add(6, 'c');
    first.accept();
    add(18, undefined);
    store.startStreams();
    expect(exemplarsOf(snapshot())).toEqual(['6 c']);
    add(15, 'd');
    expect(exemplarsOf(snapshot())).toEqual(['6 c', '15 d']);
  });

  it('F7 leave out a sample whose count was accepted with another snapshot', () => {
    const { store, add, snapshot } = setUp();
    add(5, 'a');
    const total = snapshot();
    Object.assign(total, { exemplars: undefined });
    total.accept();
    add(15, undefined);
    store.startStreams();
    expect(snapshot().value).toMatchObject({ count: 1 });
    expect(snapshot().exemplars).toBe(undefined);
  });

  it('F12 keep no cell from being quiet', () => {
    const { clock, add, due } = setUp();
    add(5, 'a');
    due()[0]!.accept();
    clock.advance(60_000);
    expect(due()).toEqual([]);
    add(4, 'b');
    expect(exemplarsOf(due()[0])).toEqual(['4 b']);
  });

  it('are deleted with their cell', () => {
    const { durations, add, snapshot } = setUp();
    add(5, 'a');
    durations.delete({ route: '/' });
    add(5, undefined, '/other');
    expect(snapshot().exemplars).toBe(undefined);
  });

  it('R3 are not kept of a sample that was dropped', () => {
    const { add, snapshot } = setUp();
    add(5, undefined);
    add(5, 'a', '/dropped');
    add(5, 'a', '/dropped');
    expect(snapshot().exemplars).toBe(undefined);
  });

  it('are not kept of samples while metrics are disabled, nor of wrong ones', () => {
    const { store, add, snapshot } = setUp();
    store.mistakes.mode = 'log';
    add(5, undefined);
    add(NaN, 'a');
    add(-1, 'a');
    store.recording = false;
    add(5, 'a');
    expect(snapshot().exemplars).toBe(undefined);
  });

  it('are kept by a bound cell too', () => {
    const { durations, snapshot } = setUp();
    durations.cell({ route: '/' }).addInSpan(5, spanOf('a'));
    expect(exemplarsOf(snapshot())).toEqual(['5 a']);
  });
});
