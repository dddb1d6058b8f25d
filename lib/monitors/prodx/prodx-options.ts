import { authorizerOption } from '../../google/authorization.js';
import { outOfRange, pathOf } from '../../validation/option-errors.js';
import { boolean, object, optional, string } from '../../validation/schema.js';
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

/** A name or an address, or an IPv6 address in brackets; then a port. */
const ENDPOINT = /^([^\s/:[\]]+|\[[\da-fA-F:.]+\]):\d{1,5}$/;

/** What each of the {@link ProdXMonitorOptions} may be. */
export const prodxOptions = object(
  {
    endpoint: string({
      wanted: '"host:port", without "https://"',
      isAllowed: text => ENDPOINT.test(text) && URL.canParse(`tcp://${text}`),
    }),
    credentials: optional(authorizerOption<ProdXCredentials>()),
    insecure: boolean({ default: false }),
    metricNamePrefix: string({
      wanted:
        'like "/my/prefix/": parts of letters, digits, "_" and "-", each after a "/", and one at the end',
      isAllowed: text => /^(\/[a-zA-Z0-9_-]+)*\/$/.test(text),
      default: '/chrome/infra/',
    }),
  },
  ({ credentials, insecure }, path) => {
    if (credentials && insecure) {
      const wanted = 'false beside credentials, which anyone could read without TLS';
      throw outOfRange(pathOf(path, 'insecure'), wanted, insecure);
    }
  },
);
