import { Counter } from '../../metrics/counter.js';
import { CumulativeDistribution } from '../../metrics/cumulative-distribution.js';
import type { Registry } from '../../metrics/registry.js';
import { Units } from '../../metrics/units.js';
import type { HttpSettings } from '../server/http-options.js';

const FIELDS = { name: 'string', client: 'string' } as const;
const STATUS_FIELDS = { status: 'int', ...FIELDS } as const;

/** The fields of a request: the host that it goes to, and the client. */
export interface Peer {
  /** The host of the URL, with the port if it is not the default; never the path. */
  readonly name: string;
  /** `undici` for `fetch` and undici, `http` for `node:http` and `node:https`. */
  readonly client: 'undici' | 'http';
}

/** Declares the four metrics of HTTP clients, as in luci-go. */
export function declareClientMetrics(registry: Registry, bucketers: HttpSettings['bucketers']) {
  const bytes = { fields: FIELDS, units: Units.Bytes, bucketer: bucketers.bytes, registry };
  return {
    durations: new CumulativeDistribution('http/durations', {
      description: 'How long requests to others took, until the headers of the response.',
      fields: FIELDS,
      units: Units.Milliseconds,
      bucketer: bucketers.durations,
      registry,
    }),
    responseStatus: new Counter('http/response_status', {
      description: 'Requests to others by the status of the response; 0 where there was none.',
      fields: STATUS_FIELDS,
      registry,
    }),
    requestBytes: new CumulativeDistribution('http/request_bytes', {
      description: 'Bytes sent as bodies of requests to others.',
      ...bytes,
    }),
    responseBytes: new CumulativeDistribution('http/response_bytes', {
      description: 'Bytes received as bodies of responses from others.',
      ...bytes,
    }),
  };
}

export type ClientMetrics = ReturnType<typeof declareClientMetrics>;
