import { Counter } from '../../metrics/counter.js';
import { CumulativeDistribution } from '../../metrics/distribution-metric.js';
import type { Registry } from '../../metrics/registry.js';
import { Units } from '../../metrics/units.js';

const FIELDS = { name: 'string', client: 'string' } as const;
const STATUS_FIELDS = { status: 'int', ...FIELDS } as const;

/** The fields of a request: the host that it goes to, and the client. */
export interface Peer {
  /** The host of the URL, with the port if it is not the default; never the path. */
  readonly name: string;
  /** `undici` for `fetch` and undici, `http` for `node:http` and `node:https`. */
  readonly client: 'undici' | 'http';
}

/** The four metrics of HTTP clients, as in luci-go. */
export class ClientMetrics {
  readonly durations: CumulativeDistribution<typeof FIELDS>;
  readonly responseStatus: Counter<typeof STATUS_FIELDS>;
  readonly requestBytes: CumulativeDistribution<typeof FIELDS>;
  readonly responseBytes: CumulativeDistribution<typeof FIELDS>;

  constructor(registry: Registry) {
    this.durations = new CumulativeDistribution('http/durations', {
      description: 'How long requests to others took, until the headers of the response.',
      fields: FIELDS,
      units: Units.Milliseconds,
      registry,
    });
    this.responseStatus = new Counter('http/response_status', {
      description: 'Requests to others by the status of the response; 0 where there was none.',
      fields: STATUS_FIELDS,
      registry,
    });
    this.requestBytes = new CumulativeDistribution('http/request_bytes', {
      description: 'Bytes sent as bodies of requests to others.',
      fields: FIELDS,
      units: Units.Bytes,
      registry,
    });
    this.responseBytes = new CumulativeDistribution('http/response_bytes', {
      description: 'Bytes received as bodies of responses from others.',
      fields: FIELDS,
      units: Units.Bytes,
      registry,
    });
  }
}
