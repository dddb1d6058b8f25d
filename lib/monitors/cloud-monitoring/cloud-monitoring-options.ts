import { isClock, systemClock, type Clock } from '../../clock/clock.js';
import { authorizerOption } from '../../google/authorization.js';
import { outOfRange, pathOf } from '../../validation/option-errors.js';
import { object, optional, string, custom } from '../../validation/schema.js';

/**
 * Authorizes requests. A `GoogleAuth`, a client of `google-auth-library`, or an object of your own fits.
 *
 * @publicApi
 */
export interface CloudMonitoringAuth {
  /** The headers of a request, such as `{ authorization: 'Bearer …' }`, or a `Headers`. */
  getRequestHeaders(
    url?: string,
  ): Promise<Iterable<readonly [string, string]> | Readonly<Record<string, string>>>;
  /** The project of the credentials. It is called when the option `projectId` is left out. */
  getProjectId?(): Promise<string>;
}

/**
 * A key of a service account. The parsed JSON file that Google Cloud hands out fits.
 *
 * @publicApi
 */
export interface CloudMonitoringCredentials {
  /** The email address of the service account. */
  client_email: string;
  /** Its private key, in PEM. */
  private_key: string;
}

/**
 * Options of {@link CloudMonitoringMonitor}.
 *
 * @publicApi
 */
export interface CloudMonitoringMonitorOptions {
  /**
   * The project that the metrics are written to, by id or number: `my-shop`.
   *
   * @default the project of the credentials
   */
  projectId?: string | undefined;
  /**
   * The region of targets whose data center is not a region: `europe-west1`. Cloud Monitoring stores the data there.
   *
   * @default 'global'
   */
  location?: string | undefined;
  /**
   * The prefix of metric names: a domain of user-defined metrics, an optional path, and a slash.
   *
   * @default 'custom.googleapis.com/'
   */
  metricTypePrefix?: string | undefined;
  /**
   * Scheme, host and port of the API.
   *
   * @default 'https://monitoring.googleapis.com'
   */
  endpoint?: string | undefined;
  /**
   * A key of a service account. Not beside `auth`.
   *
   * @default application default credentials
   */
  credentials?: CloudMonitoringCredentials | undefined;
  /**
   * Authorizes requests, in place of `credentials`. `google-auth-library` is then not needed. It must grant the scope
   * `https://www.googleapis.com/auth/monitoring.write`.
   *
   * @default a GoogleAuth of google-auth-library
   */
  auth?: CloudMonitoringAuth | undefined;
  /**
   * The clock that the end times of cells come from. With it the monitor notices that the clock of the machine was set back.
   *
   * @default the clock of the module for a monitor that is given by name, otherwise the clock of the machine
   */
  clock?: Clock | undefined;
}

const ENDPOINT = /^(https:\/\/[^/?#]+|http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?)\/?$/i;

const credentials = custom({
  wanted:
    'an object with the strings client_email and private_key: the parsed key file of a service account',
  isType: isKey,
  isSecret: true,
});

/** The rules for the {@link CloudMonitoringMonitorOptions}. */
export const cloudMonitoringOptions = object(
  {
    projectId: optional(
      string({
        wanted: 'an id or number like "my-shop"',
        isAllowed: text => /^[a-z0-9][a-z0-9.:-]*$/.test(text),
      }),
    ),
    location: string({
      wanted: 'a region like "europe-west1"',
      isAllowed: text => /^[a-z0-9-]+$/.test(text),
      default: 'global',
    }),
    metricTypePrefix: string({
      wanted:
        '"custom.googleapis.com/", "external.googleapis.com/" or "workload.googleapis.com/", perhaps followed by a path, and end in "/"',
      isAllowed: text =>
        /^(custom|external|workload)\.googleapis\.com\/([A-Za-z0-9_.-]+\/)*$/.test(text),
      default: 'custom.googleapis.com/',
    }),
    endpoint: string({
      wanted:
        'a URL without a path, such as "https://monitoring.googleapis.com": by https, since credentials are sent to it; http is for this machine only',
      isAllowed: text => ENDPOINT.test(text) && URL.canParse(text),
      default: 'https://monitoring.googleapis.com',
    }),
    credentials: optional(credentials),
    auth: optional(authorizerOption<CloudMonitoringAuth>()),
    clock: custom({ wanted: 'a Clock', isType: isClock, default: systemClock }),
  },
  (settings, path) => {
    if (settings.credentials && settings.auth) {
      const wanted = 'left out beside credentials: only one of them can authorize requests';
      throw outOfRange(pathOf(path, 'auth'), wanted, settings.auth);
    }
  },
);

/** The {@link CloudMonitoringMonitorOptions}, checked, with their defaults. */
export type CloudMonitoringSettings = ReturnType<typeof cloudMonitoringOptions.check>;

function isKey(given: unknown): given is CloudMonitoringCredentials {
  const { client_email, private_key } = (given ?? {}) as Partial<CloudMonitoringCredentials>;
  return typeof client_email === 'string' && typeof private_key === 'string';
}
