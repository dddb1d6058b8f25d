import type { TimeSlice } from '../../clock/time-slice.js';
import type { Cell } from '../../store/cell.js';
import type { Target } from '../../targets/target.js';
import type { RejectedCell } from '../monitor.js';
import { partitionCells } from '../partition-cells.js';
import { emptyDataSet, type MetricsDataSet } from './metrics-data-set.js';
import { countValues, metricsData } from './metrics-data.js';
import { rootLabels, type RootLabel } from './root-labels.js';

/** A `MetricsPayload`. */
export interface MetricsPayload {
  readonly metricsCollection: readonly {
    readonly metricsDataSet: readonly MetricsDataSet[];
    readonly rootLabels: readonly RootLabel[];
  }[];
}

/** The number of values that are serialised at once, which takes 1 to 3 ms. A distribution has at most 10,002 buckets. */
const MOST_VALUES = 5000;

/**
 * Makes the payload of a request in parts that are small enough to be serialised at once. There is usually one part, and none when
 * no cell can be written.
 *
 * @param endTime whole microseconds since the epoch.
 * @throws RangeError when `endTime` is not a valid time.
 */
export async function payloadParts(
  cells: readonly Cell[],
  endTime: number,
  namePrefix: string,
  slice: TimeSlice,
): Promise<{ parts: MetricsPayload[]; rejected: RejectedCell[] }> {
  if (!Number.isSafeInteger(endTime)) {
    throw new RangeError(`endTime must be whole microseconds since the epoch, got ${endTime}.`);
  }
  const full: PayloadPart[] = [];
  let part = new PayloadPart(endTime, namePrefix);
  const { rejected } = await partitionCells(cells, slice, cell => {
    part.add(cell);
    if (part.values >= MOST_VALUES) {
      full.push(part);
      part = new PayloadPart(endTime, namePrefix);
    }
  });
  const parts = part.values > 0 ? [...full, part] : full;
  return { parts: parts.map(one => one.payload()), rejected };
}

/** The cells of one target. */
interface Collection {
  readonly rootLabels: readonly RootLabel[];
  /** The data sets by the name on the wire, in order of first appearance. */
  readonly dataSets: Map<string, MetricsDataSet>;
}

/** Groups cells by target and name. */
class PayloadPart {
  /** The groups by the key of the target, in order of first appearance. */
  private readonly collections = new Map<string, Collection>();
  /** The number of values that were added. */
  values = 0;

  constructor(
    private readonly endTime: number,
    private readonly namePrefix: string,
  ) {}

  /** @throws TypeError or RangeError for a target with labels that cannot be written. */
  add(cell: Cell): void {
    const data = metricsData(cell, this.endTime);
    this.dataSetOf(cell).data.push(data);
    this.values += countValues(data);
  }

  payload(): MetricsPayload {
    const metricsCollection = Array.from(this.collections.values(), collection => ({
      metricsDataSet: [...collection.dataSets.values()],
      rootLabels: collection.rootLabels,
    }));
    return { metricsCollection };
  }

  private dataSetOf({ target, metric }: Cell): MetricsDataSet {
    const { dataSets } = this.collectionOf(target);
    const name = metric.name.startsWith('/') ? metric.name : this.namePrefix + metric.name;
    let dataSet = dataSets.get(name);
    if (!dataSet) {
      dataSet = emptyDataSet(metric, name);
      dataSets.set(name, dataSet);
    }
    return dataSet;
  }

  private collectionOf(target: Target): Collection {
    let collection = this.collections.get(target.key);
    if (!collection) {
      collection = { rootLabels: rootLabels(target), dataSets: new Map() };
      this.collections.set(target.key, collection);
    }
    return collection;
  }
}
