import { billableBytes } from '../store/billable-bytes.js';
import type { InMemoryStore } from '../store/in-memory-store.js';
import type { MetricCells } from '../store/metric-cells.js';
import type { FlushSettings } from './flush-settings.js';
import { RecentMean } from './recent-mean.js';

const MEBIBYTE = 2 ** 20;
/** A twelfth of 365.25 days. */
const MONTH_SEC = 2_629_800;
/** Enough cycles of quiet cells for a steady mean. */
const CYCLES = 3;

/** What one metric sends with a flush: the mean of the recent flushes, or its cells as long as it was in none. */
interface MetricCost {
  readonly name: string;
  readonly cells: number;
  readonly points: number;
  readonly bytes: number;
}

/** Measures what flushes send, in bytes as Cloud Monitoring bills them. */
export class FlushCost {
  private readonly pointsOf = new WeakMap<MetricCells, RecentMean>();
  private readonly sentBefore = new WeakMap<MetricCells, number>();
  private readonly saved = new RecentMean();

  constructor(
    private readonly store: InMemoryStore,
    private readonly settings: Readonly<Pick<FlushSettings, 'intervalSec' | 'quietSec'>>,
  ) {}

  /** Notes what a flush has sent. A flush of which nothing was accepted says nothing about the next ones. */
  afterFlush(): void {
    const sent = Array.from(
      this.store.cellTables(),
      table => [table, this.newPoints(table)] as const,
    );
    if (sent.every(([, points]) => points === 0)) {
      return;
    }
    for (const [table, points] of sent) {
      const mean = this.pointsOf.get(table) ?? (points > 0 ? new RecentMean() : undefined);
      if (mean) {
        mean.add(points, this.window);
        this.pointsOf.set(table, mean);
      }
    }
    this.saved.add(this.store.quietBytes, this.window);
  }

  /** Whether enough flushes were seen for a steady mean. */
  get isSteady(): boolean {
    return this.saved.count >= this.window;
  }

  /** The metrics that have cells or were sent lately, the most expensive first. */
  perMetric(): MetricCost[] {
    const costs: MetricCost[] = [];
    for (const table of this.store.cellTables()) {
      const cells = table.rows().length;
      const points = this.pointsOf.get(table)?.value ?? cells;
      if (cells > 0 || points > 0) {
        const { name } = table.metric;
        costs.push({ name, cells, points, bytes: points * billableBytes(table.metric) });
      }
    }
    return costs.sort((one, other) => other.bytes - one.bytes);
  }

  /** The bytes of the quiet cells that a flush leaves out, in the mean. */
  get savedBytes(): number {
    return this.saved.value ?? 0;
  }

  /** What so many bytes a flush are in a month with a flush each interval. */
  mebibytesPerMonth(bytesPerFlush: number): number {
    return (bytesPerFlush * MONTH_SEC) / this.settings.intervalSec / MEBIBYTE;
  }

  private newPoints(table: MetricCells): number {
    const points = table.acceptedPoints - (this.sentBefore.get(table) ?? 0);
    this.sentBefore.set(table, table.acceptedPoints);
    return points;
  }

  private get window(): number {
    const { quietSec, intervalSec } = this.settings;
    return CYCLES * Math.max(1, Math.ceil(quietSec / intervalSec));
  }
}
