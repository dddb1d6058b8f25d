import type { Counter } from '../../metrics/counter.js';
import type { BoundCounter } from '../../metrics/cumulative-number.js';
import type {
  BoundCumulativeDistribution,
  CumulativeDistribution,
} from '../../metrics/cumulative-distribution.js';
import type { FieldValue, FieldValues } from '../../metrics/fields.js';
import { outsideTargets } from '../../targets/with-target.js';
import type { TraceSpan } from '../../trace-context.js';
import type { SERVER_FIELDS } from './added-fields.js';
import type { HttpSettings } from './http-options.js';

/** The fields of a request that was answered, or abandoned by its client. */
export interface RequestFields {
  /** The status that was sent. */
  readonly status: number;
  /** The template of the route, never the path; the empty string if no route matched. */
  readonly name: string;
  readonly userAgent: string | undefined;
  /** The values of the fields that the application adds, in declared order. Left out if it adds none. */
  readonly added?: readonly FieldValue[];
}

/** What is recorded of such a request. */
export interface ServedRequest {
  /** The time until the last byte of the response, or until the first one of a stream. */
  readonly durationMs: number;
  /** The span of the request; undefined if it has none or exemplars are not kept. */
  readonly span?: TraceSpan | undefined;
  /** Bytes of the request body; undefined if not known. */
  readonly requestBytes?: number | undefined;
  /** Bytes of the response body; undefined if not known. */
  readonly responseBytes?: number | undefined;
}

interface Metrics {
  readonly durations: CumulativeDistribution<typeof SERVER_FIELDS>;
  readonly responseStatus: Counter<typeof SERVER_FIELDS>;
  readonly requestBytes: CumulativeDistribution<typeof SERVER_FIELDS>;
  readonly responseBytes: CumulativeDistribution<typeof SERVER_FIELDS>;
}

/** Which of the metrics are recorded. */
type Switches = HttpSettings['metrics'];

/** As many cells as a metric has by default. Beyond, they are looked up again. */
const MOST_CACHED = 5000;

const NONE_ADDED: readonly FieldValue[] = [];

/** Caches the cells of requests with the same fields, since a server has few routes with few statuses each. */
export class CellCache {
  private root = new Branch();
  private size = 0;

  /** @param addedNames the names of the fields that the application adds. */
  constructor(
    private readonly metrics: Metrics,
    private readonly switches: Switches,
    private readonly addedNames: readonly string[],
  ) {}

  /** Returns the cells of a request. */
  of(request: RequestFields): RequestCells {
    const robot = isRobot(request.userAgent);
    return this.branchOf(request).cellsOf(request.status, robot) ?? this.newCells(request, robot);
  }

  private branchOf({ name, added = NONE_ADDED }: RequestFields): Branch {
    let branch = this.root.at(name);
    for (const value of added) {
      branch = branch.at(value);
    }
    return branch;
  }

  private newCells(request: RequestFields, robot: boolean): RequestCells {
    if (this.size === MOST_CACHED) {
      this.root = new Branch();
      this.size = 0;
    }
    this.size += 1;
    const { metrics, switches } = this;
    const fields = { ...this.addedOf(request), ...serverFields(request, robot) };
    const cells = outsideTargets(() => new RequestCells(metrics, switches, fields));
    this.branchOf(request).cells.push(cells);
    return cells;
  }

  private addedOf({ added = NONE_ADDED }: RequestFields): Record<string, FieldValue> {
    return Object.fromEntries(this.addedNames.map((name, i) => [name, added[i]!]));
  }
}

/** The cells of requests with the same name and the same added values. */
class Branch {
  readonly cells: RequestCells[] = [];
  private readonly branches = new Map<FieldValue, Branch>();

  cellsOf(status: number, robot: boolean): RequestCells | undefined {
    for (const cells of this.cells) {
      if (cells.status === status && cells.robot === robot) {
        return cells;
      }
    }
    return undefined;
  }

  /** Returns the branch of one more value. */
  at(value: FieldValue): Branch {
    let branch = this.branches.get(value);
    if (!branch) {
      branch = new Branch();
      this.branches.set(value, branch);
    }
    return branch;
  }
}

type ServerFieldValues = FieldValues<typeof SERVER_FIELDS>;

/** Always belongs to this instance, even if a response ends inside `withTarget()`. */
class RequestCells {
  readonly status: number;
  readonly robot: boolean;
  private readonly durations: BoundCumulativeDistribution | undefined;
  private readonly responseStatus: BoundCounter | undefined;
  private readonly requestBytes: BoundCumulativeDistribution | undefined;
  private readonly responseBytes: BoundCumulativeDistribution | undefined;

  constructor(metrics: Metrics, switches: Switches, fields: ServerFieldValues) {
    this.status = fields.status;
    this.robot = fields.is_robot;
    this.durations = switches.durations ? metrics.durations.cell(fields) : undefined;
    this.responseStatus = switches.status ? metrics.responseStatus.cell(fields) : undefined;
    this.requestBytes = switches.requestBytes ? metrics.requestBytes.cell(fields) : undefined;
    this.responseBytes = switches.responseBytes ? metrics.responseBytes.cell(fields) : undefined;
  }

  addStatus(): void {
    this.responseStatus?.add(1);
  }

  add({ durationMs, span, requestBytes, responseBytes }: ServedRequest): void {
    this.durations?.addInSpan(durationMs, span);
    this.addStatus();
    if (requestBytes !== undefined) {
      this.requestBytes?.add(requestBytes);
    }
    if (responseBytes !== undefined) {
      this.responseBytes?.add(responseBytes);
    }
  }
}

function serverFields({ status, name }: RequestFields, robot: boolean): ServerFieldValues {
  return { status, name, is_robot: robot };
}

/** Whether the user agent is a crawler, probe or health check. Case matters, as in luci-go. */
function isRobot(userAgent: string | undefined): boolean {
  return (
    userAgent !== undefined &&
    (userAgent.includes('GoogleBot') ||
      userAgent.includes('GoogleSecurityScanner') ||
      userAgent.startsWith('kube-probe/') ||
      userAgent.startsWith('GoogleHC/') ||
      userAgent === 'B3M/prober')
  );
}
