import { errorMessage } from '../../log.js';
import type { MetricDeclaration } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';
import { CellSnapshot } from '../../store/snapshot.js';
import type { Target } from '../../targets/target.js';
import type { RejectedCell } from '../monitor.js';
import { checkCell } from './check-cell.js';
import type { MetricImage, MetricImages } from './metric-image.js';
import type { RootLabels } from './root-labels.js';

/** The cells of one target and one name. What a data set says of itself is what its first cell says. */
export interface DataSet {
  readonly image: MetricImage;
  readonly cells: Cell[];
}

/** The cells of one target. */
export interface Collection {
  readonly rootLabels: Uint8Array;
  /** By name, in the order in which they first appeared. */
  readonly dataSets: Map<string, DataSet>;
}

/** Sorts cells by target and by name, and leaves out cells that cannot be written. */
export class CellGroups {
  /** By the key of the target, in the order in which they first appeared. */
  collections = new Map<string, Collection>();
  rejected: RejectedCell[] = [];
  private lastTarget: Target | undefined;
  private lastMetric: MetricDeclaration | undefined;
  private lastDataSet: DataSet | undefined;
  /** Empty objects that are kept, so that V8 keeps the code optimised for their hidden classes. See `InMemoryStore`. */
  private examples: readonly [Collection, DataSet] | undefined;

  constructor(
    private readonly images: MetricImages,
    private readonly rootLabels: RootLabels,
  ) {}

  clear(): void {
    // Not cleared: V8 would link what was in it to the new content, and both would outlive many collections of garbage.
    this.collections = new Map();
    this.rejected = [];
    this.lastTarget = this.lastMetric = this.lastDataSet = undefined;
  }

  add(cell: Cell, index: number): void {
    try {
      // What the store holds was checked when it was recorded.
      if (!(cell instanceof CellSnapshot)) {
        checkCell(cell);
      }
      this.dataSetOf(cell).cells.push(cell);
    } catch (error) {
      this.rejected.push({ index, reason: errorMessage(error), outcome: 'refused' });
    }
  }

  /** The data set of a cell: mostly the same as of the cell before. */
  private dataSetOf({ target, metric }: Cell): DataSet {
    if (!this.lastDataSet || target !== this.lastTarget || metric !== this.lastMetric) {
      this.lastDataSet = this.obtain(this.collectionOf(target), metric);
      this.lastTarget = target;
      this.lastMetric = metric;
    }
    return this.lastDataSet;
  }

  private collectionOf(target: Target): Collection {
    let collection = this.collections.get(target.key);
    if (!collection) {
      collection = newCollection(this.rootLabels.of(target));
      this.collections.set(target.key, collection);
    }
    return collection;
  }

  private obtain({ dataSets, rootLabels }: Collection, metric: MetricDeclaration): DataSet {
    const image = this.images.of(metric);
    let dataSet = dataSets.get(image.name);
    if (!dataSet) {
      dataSet = newDataSet(image);
      dataSets.set(image.name, dataSet);
      this.examples ??= [newCollection(rootLabels), newDataSet(image)];
    }
    return dataSet;
  }
}

function newCollection(rootLabels: Uint8Array): Collection {
  return { rootLabels, dataSets: new Map() };
}

function newDataSet(image: MetricImage): DataSet {
  return { image, cells: [] };
}
