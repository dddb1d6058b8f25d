import type { ProdXCredentials } from './prodx-credentials.js';

/**
 * What a {@link ProdXMonitor} takes.
 *
 * @publicApi
 */
export interface ProdXMonitorOptions {
  /** `host:port` of the service: `prodxmon-pa.googleapis.com:443`. */
  endpoint: string;
  /**
   * Who sends.
   *
   * @default the application default credentials, by `google-auth-library`
   */
  credentials?: ProdXCredentials | undefined;
  /**
   * Send without TLS and without credentials, as to a test server.
   *
   * @default false
   */
  insecure?: boolean | undefined;
  /**
   * Put before the names of metrics that do not begin with `/`.
   *
   * @default '/chrome/infra/'
   */
  metricNamePrefix?: string | undefined;
}

/** The options, with their defaults. */
interface CheckedProdXOptions {
  readonly endpoint: string;
  readonly credentials: ProdXCredentials | undefined;
  readonly insecure: boolean;
  readonly metricNamePrefix: string;
}

const KNOWN = ['endpoint', 'credentials', 'insecure', 'metricNamePrefix'];
/** A name or an address, or an IPv6 address in brackets; then a port. */
const ENDPOINT = /^([^\s/:[\]]+|\[[\da-fA-F:.]+\]):(\d{1,5})$/;
const MOST_PORT = 65_535;
const METRIC_NAME_PREFIX = /^(\/[a-zA-Z0-9_-]+)*\/$/;

/** @throws TypeError for an option that is unknown or of a wrong type, RangeError for one that means nothing. */
export function checkedOptions(options: ProdXMonitorOptions): CheckedProdXOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`The options of a ProdXMonitor must be an object, got ${String(options)}.`);
  }
  const unknown = Object.keys(options).find(name => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `A ProdXMonitor has no option "${unknown}"; it has ${KNOWN.map(name => `"${name}"`).join(', ')}.`,
    );
  }
  const { endpoint, credentials, insecure = false, metricNamePrefix = '/chrome/infra/' } = options;
  checkEndpoint(endpoint);
  checkMetricNamePrefix(metricNamePrefix);
  if (typeof insecure !== 'boolean') {
    throw wrong(TypeError, 'insecure', 'a boolean', insecure);
  }
  checkCredentials(credentials, insecure);
  return { endpoint, credentials, insecure, metricNamePrefix };
}

function checkEndpoint(endpoint: unknown): void {
  if (typeof endpoint !== 'string') {
    throw wrong(TypeError, 'endpoint', 'a string "host:port"', endpoint);
  }
  if (Number(ENDPOINT.exec(endpoint)?.[2] ?? Infinity) > MOST_PORT) {
    throw wrong(RangeError, 'endpoint', '"host:port", without "https://"', endpoint);
  }
}

function checkMetricNamePrefix(prefix: unknown): void {
  if (typeof prefix !== 'string') {
    throw wrong(TypeError, 'metricNamePrefix', 'a string', prefix);
  }
  if (!METRIC_NAME_PREFIX.test(prefix)) {
    throw wrong(
      RangeError,
      'metricNamePrefix',
      'like "/my/prefix/": parts of letters, digits, "_" and "-", each after a "/", and one at the end',
      prefix,
    );
  }
}

function checkCredentials(credentials: unknown, insecure: boolean): void {
  if (credentials === undefined) {
    return;
  }
  const { getRequestHeaders } = (credentials ?? {}) as { getRequestHeaders?: unknown };
  if (typeof getRequestHeaders !== 'function') {
    throw new TypeError(
      'credentials of a ProdXMonitor must have a method getRequestHeaders, as the clients of google-auth-library do.',
    );
  }
  if (insecure) {
    throw new TypeError(
      'A ProdXMonitor takes either credentials or insecure: without TLS anyone could read them.',
    );
  }
}

function wrong(
  ErrorType: typeof TypeError | typeof RangeError,
  option: string,
  wanted: string,
  value: unknown,
): Error {
  const shown = JSON.stringify(value) ?? String(value);
  return new ErrorType(`${option} of a ProdXMonitor must be ${wanted}, got ${shown}.`);
}
