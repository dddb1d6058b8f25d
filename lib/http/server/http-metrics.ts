import { log } from '../../log.js';
import { Counter } from '../../metrics/counter.js';
import { CumulativeDistribution } from '../../metrics/cumulative-distribution.js';
import type { FieldValue } from '../../metrics/fields.js';
import { Registry } from '../../metrics/registry.js';
import { Units } from '../../metrics/units.js';
import { SERVER_FIELDS } from './added-fields.js';
import { httpOptions, type HttpSettings } from './http-options.js';
import { InFlight } from './in-flight.js';
import { CellCache, type RequestFields, type ServedRequest } from './request-cells.js';

/** What is recorded of the requests that the application serves: the four metrics of luci-go, and the requests under way. */
export class HttpMetrics {
  readonly durations: CumulativeDistribution<typeof SERVER_FIELDS>;
  readonly responseStatus: Counter<typeof SERVER_FIELDS>;
  readonly requestBytes: CumulativeDistribution<typeof SERVER_FIELDS>;
  readonly responseBytes: CumulativeDistribution<typeof SERVER_FIELDS>;
  /** Undefined if it is switched off. */
  readonly inFlight: InFlight | undefined;
  private failed = false;
  private readonly cells: CellCache;

  constructor(
    private readonly registry: Registry,
    { metrics, fields: added, bucketers }: HttpSettings = httpOptions.check({}, 'http'),
  ) {
    // Metrics that are switched off are declared too, in a registry that nobody sends.
    const unsent = new Registry();
    const registryIf = (isOn: boolean): Registry => (isOn ? registry : unsent);
    const fields = { ...SERVER_FIELDS, ...added };
    this.durations = new CumulativeDistribution('http/server_durations', {
      description:
        'How long requests took, until the last byte of the response; until the first one if it is a stream.',
      fields,
      units: Units.Milliseconds,
      bucketer: bucketers.durations,
      registry: registryIf(metrics.durations),
    });
    this.responseStatus = new Counter('http/server_response_status', {
      description: 'Requests by the status of their response.',
      fields,
      registry: registryIf(metrics.status),
    });
    this.requestBytes = new CumulativeDistribution('http/server_request_bytes', {
      description: 'Bytes received as bodies of requests.',
      fields,
      units: Units.Bytes,
      bucketer: bucketers.bytes,
      registry: registryIf(metrics.requestBytes),
    });
    this.responseBytes = new CumulativeDistribution('http/server_response_bytes', {
      description: 'Bytes sent as bodies of responses.',
      fields,
      units: Units.Bytes,
      bucketer: bucketers.bytes,
      registry: registryIf(metrics.responseBytes),
    });
    this.inFlight = metrics.inFlight ? new InFlight(registry) : undefined;
    this.cells = new CellCache(this, metrics, Object.keys(added));
  }

  /** Whether the durations keep exemplars. */
  get keepsExemplars(): boolean {
    return this.registry.store.keepsExemplars;
  }

  /** Records a request. Never throws: the first error is logged. */
  record(request: RequestFields & ServedRequest): void {
    try {
      this.cells.of(request).add(request);
    } catch (error) {
      this.logFailure(error);
    }
  }

  /** Records only the status, for an answer that Node sent without the application. Never throws. */
  recordStatus(status: number, added: readonly FieldValue[] = []): void {
    try {
      this.cells.of({ status, name: '', userAgent: undefined, added }).addStatus();
    } catch (error) {
      this.logFailure(error);
    }
  }

  private logFailure(error: unknown): void {
    if (!this.failed) {
      this.failed = true;
      log.error('A request could not be recorded.', error);
    }
  }
}
