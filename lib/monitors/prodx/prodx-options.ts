import { authorizerOption } from '../../google/authorization.js';
import { outOfRange, pathOf } from '../../validation/option-errors.js';
import { boolean, object, optional, string } from '../../validation/schema.js';
import type { ProdXCredentials } from './prodx-credentials.js';

/**
 * Options of {@link ProdXMonitor}.
 *
 * @publicApi
 */
export interface ProdXMonitorOptions {
  /** `host:port` of the service: `prodxmon-pa.googleapis.com:443`. */
  endpoint: string;
  /**
   * The credentials of the sender.
   *
   * @default the application default credentials, by `google-auth-library`
   */
  credentials?: ProdXCredentials | undefined;
  /**
   * Sends without TLS and without credentials, for example to a test server.
   *
   * @default false
   */
  insecure?: boolean | undefined;
  /**
   * The prefix of metric names that do not begin with `/`.
   *
   * @default '/chrome/infra/'
   */
  metricNamePrefix?: string | undefined;
}

/** A name, an address, or an IPv6 address in brackets, and a port. */
const ENDPOINT = /^([^\s/:[\]]+|\[[\da-fA-F:.]+\]):\d{1,5}$/;

/** The rules for the {@link ProdXMonitorOptions}. */
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
