import { log } from '../../log.js';
import { Counter } from '../../metrics/counter.js';
import type { BoundCounter } from '../../metrics/cumulative-number.js';
import {
  CumulativeDistribution,
  type BoundCumulativeDistribution,
} from '../../metrics/distribution-metric.js';
import type { Registry } from '../../metrics/registry.js';
import { Units } from '../../metrics/units.js';
import { outsideTargets } from '../../targets/with-target.js';

const FIELDS = { status: 'int', name: 'string', is_robot: 'bool' } as const;

/** A request that was answered, or abandoned by its client. */
interface ServedRequest {
  /** The status that was sent. */
  readonly status: number;
  /** The template of the route, never the path; the empty string if no route matched. */
  readonly name: string;
  readonly userAgent: string | undefined;
  /** The time until the last byte of the response. */
  readonly durationMs: number;
  /** Bytes of the request body; undefined if not known. */
  readonly requestBytes?: number | undefined;
  /** Bytes of the response body; undefined if not known. */
  readonly responseBytes?: number | undefined;
}

/** The four metrics of HTTP servers, as in luci-go. */
export class HttpMetrics {
  readonly durations: CumulativeDistribution<typeof FIELDS>;
  readonly responseStatus: Counter<typeof FIELDS>;
  readonly requestBytes: CumulativeDistribution<typeof FIELDS>;
  readonly responseBytes: CumulativeDistribution<typeof FIELDS>;
  private failed = false;
  /** Keyed by the name of the route. */
  private readonly cells = new Map<string, RequestCells[]>();

  constructor(registry: Registry) {
    this.durations = new CumulativeDistribution('http/server_durations', {
      description: 'How long requests took, until the last byte of the response.',
      fields: FIELDS,
      units: Units.Milliseconds,
      registry,
    });
    this.responseStatus = new Counter('http/server_response_status', {
      description: 'Requests by the status of their response.',
      fields: FIELDS,
      registry,
    });
    this.requestBytes = new CumulativeDistribution('http/server_request_bytes', {
      description: 'Bytes received as bodies of requests.',
      fields: FIELDS,
      units: Units.Bytes,
      registry,
    });
    this.responseBytes = new CumulativeDistribution('http/server_response_bytes', {
      description: 'Bytes sent as bodies of responses.',
      fields: FIELDS,
      units: Units.Bytes,
      registry,
    });
  }

  /** Records a request. Never throws: the first error is logged. */
  record(request: ServedRequest): void {
    this.attempt(() => this.cellsOf(request).add(request));
  }

  /** Records only the status, for an answer that Node sent without the application. Never throws. */
  recordStatus(status: number): void {
    this.attempt(() => this.cellsOf({ status, name: '', userAgent: undefined }).addStatus());
  }

  private attempt(record: () => void): void {
    try {
      record();
    } catch (error) {
      this.logFailure(error);
    }
  }

  private cellsOf({
    status,
    name,
    userAgent,
  }: Pick<ServedRequest, 'status' | 'name' | 'userAgent'>): RequestCells {
    const robot = isRobot(userAgent);
    const known = this.cells.get(name);
    const found = known?.find(cells => cells.status === status && cells.robot === robot);
    return found ?? this.newCells(status, name, robot);
  }

  private newCells(status: number, name: string, robot: boolean): RequestCells {
    const cells = outsideTargets(() => new RequestCells(this, status, name, robot));
    this.cells.set(name, [...(this.cells.get(name) ?? []), cells]);
    return cells;
  }

  private logFailure(error: unknown): void {
    if (!this.failed) {
      this.failed = true;
      log.error('A request could not be recorded.', error);
    }
  }
}

/**
 * Caches the cells of requests with the same fields, since a server has few routes with few statuses each. The cells
 * always belong to this instance, even if a response ends inside `withTarget()`.
 */
class RequestCells {
  private readonly durations: BoundCumulativeDistribution;
  private readonly responseStatus: BoundCounter;
  private readonly requestBytes: BoundCumulativeDistribution;
  private readonly responseBytes: BoundCumulativeDistribution;

  constructor(
    metrics: HttpMetrics,
    readonly status: number,
    name: string,
    readonly robot: boolean,
  ) {
    const fields = { status, name, is_robot: robot };
    this.durations = metrics.durations.cell(fields);
    this.responseStatus = metrics.responseStatus.cell(fields);
    this.requestBytes = metrics.requestBytes.cell(fields);
    this.responseBytes = metrics.responseBytes.cell(fields);
  }

  addStatus(): void {
    this.responseStatus.add(1);
  }

  add({ durationMs, requestBytes, responseBytes }: ServedRequest): void {
    this.durations.add(durationMs);
    this.addStatus();
    if (requestBytes !== undefined) {
      this.requestBytes.add(requestBytes);
    }
    if (responseBytes !== undefined) {
      this.responseBytes.add(responseBytes);
    }
  }
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
