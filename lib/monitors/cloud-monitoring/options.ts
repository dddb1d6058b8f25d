import { systemClock, type Clock } from '../../clock/clock.js';

/**
 * What gives requests their authorization. A `GoogleAuth` or a client of `google-auth-library` fits, and so does an
 * object of one's own.
 *
 * @publicApi
 */
export interface CloudMonitoringAuth {
  /** The headers of a request, such as `{ authorization: 'Bearer …' }`, or a `Headers`. */
  getRequestHeaders(
    url?: string,
  ): Promise<Iterable<readonly [string, string]> | Readonly<Record<string, string>>>;
  /** The project that the credentials belong to; asked where the option `projectId` is left out. */
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
 * What a {@link CloudMonitoringMonitor} takes.
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
   * The region to report where the data center of a target is none: `europe-west1`. Cloud Monitoring stores the
   * data there.
   *
   * @default 'global'
   */
  location?: string | undefined;
  /**
   * What precedes the names of metrics: a domain of user-defined metrics, perhaps a path, and a slash.
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
   * What authorizes requests, in place of `credentials`; `google-auth-library` is then not needed. It must be good for
   * the scope `https://www.googleapis.com/auth/monitoring.write`.
   *
   * @default a GoogleAuth of google-auth-library
   */
  auth?: CloudMonitoringAuth | undefined;
  /**
   * The clock that the end times of cells come from. By it the monitor sees that the clock of the machine was set back.
   *
   * @default the clock of the module where the monitor is given by its name, elsewhere the clock of the machine
   */
  clock?: Clock | undefined;
}

/** The options, checked, with their defaults. */
export interface CloudMonitoringSettings {
  readonly projectId: string | undefined;
  readonly location: string;
  readonly metricTypePrefix: string;
  readonly endpoint: URL;
  readonly credentials: CloudMonitoringCredentials | undefined;
  readonly auth: CloudMonitoringAuth | undefined;
  readonly clock: Clock;
}

/** Where it is not known where something runs. */
const NO_LOCATION = 'global';

const NAMES: readonly string[] = [
  'projectId',
  'location',
  'metricTypePrefix',
  'endpoint',
  'credentials',
  'auth',
  'clock',
] satisfies (keyof CloudMonitoringMonitorOptions)[];
const PROJECT = /^[a-z0-9][a-z0-9.:-]*$/;
const LOCATION = /^[a-z0-9-]+$/;
const PREFIX = /^(custom|external|workload)\.googleapis\.com\/([A-Za-z0-9_.-]+\/)*$/;
const THIS_MACHINE = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** @throws TypeError for an unknown option or one of a wrong type, RangeError for a value that cannot work. */
export function checkedOptions(options: CloudMonitoringMonitorOptions): CloudMonitoringSettings {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `The options of a CloudMonitoringMonitor must be an object, got ${String(options)}.`,
    );
  }
  const unknown = Object.keys(options).find(name => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `A CloudMonitoringMonitor has no option "${unknown}"; it has ${NAMES.join(', ')}.`,
    );
  }
  return {
    projectId: optional('projectId', options.projectId, PROJECT, 'an id or number like "my-shop"'),
    location:
      optional('location', options.location, LOCATION, 'a region like "europe-west1"') ??
      NO_LOCATION,
    metricTypePrefix: checkedPrefix(options.metricTypePrefix),
    endpoint: checkedEndpoint(options.endpoint),
    ...checkedAccess(options),
    clock: checkedClock(options.clock),
  };
}

function checkedPrefix(prefix: unknown): string {
  return (
    optional(
      'metricTypePrefix',
      prefix,
      PREFIX,
      '"custom.googleapis.com/", "external.googleapis.com/" or "workload.googleapis.com/", perhaps followed by a path, and end in "/"',
    ) ?? 'custom.googleapis.com/'
  );
}

function checkedEndpoint(endpoint: unknown = 'https://monitoring.googleapis.com'): URL {
  const wanted = 'a URL like "https://monitoring.googleapis.com"';
  if (typeof endpoint !== 'string') {
    throw wrongType('endpoint', endpoint, wanted);
  }
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash) {
    throw wrongValue('endpoint', endpoint, `${wanted}, without a path`);
  }
  if (url.protocol === 'http:' && !THIS_MACHINE.test(url.hostname)) {
    throw wrongValue(
      'endpoint',
      endpoint,
      'https, since credentials are sent to it; http is for this machine only',
    );
  }
  return url;
}

function checkedClock(clock: unknown = systemClock): Clock {
  if (typeof clock !== 'object' || clock === null) {
    throw wrongType('clock', clock, 'a Clock');
  }
  return clock as Clock;
}

function checkedAccess({
  credentials,
  auth,
}: CloudMonitoringMonitorOptions): Pick<CloudMonitoringSettings, 'credentials' | 'auth'> {
  if (credentials !== undefined && auth !== undefined) {
    throw new TypeError(
      'A CloudMonitoringMonitor takes credentials or auth, not both. Leave one out.',
    );
  }
  if (auth !== undefined && typeof auth?.getRequestHeaders !== 'function') {
    throw wrongType('auth', auth, 'an object with getRequestHeaders(), such as a GoogleAuth');
  }
  if (credentials !== undefined && !isKey(credentials)) {
    // Not shown: half of it may be a secret.
    throw new TypeError(
      'credentials of a CloudMonitoringMonitor must be an object with the strings client_email and private_key: the parsed key file of a service account.',
    );
  }
  return { credentials, auth };
}

function isKey(credentials: CloudMonitoringCredentials): boolean {
  return (
    typeof credentials?.client_email === 'string' && typeof credentials.private_key === 'string'
  );
}

function optional(
  name: string,
  value: unknown,
  pattern: RegExp,
  wanted: string,
): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'string') {
    throw wrongType(name, value, wanted);
  }
  if (!pattern.test(value)) {
    throw wrongValue(name, value, wanted);
  }
  return value;
}

function wrongType(name: string, value: unknown, wanted: string): TypeError {
  const shown = value === null ? 'null' : `a value of type ${typeof value}`;
  return new TypeError(`${name} of a CloudMonitoringMonitor must be ${wanted}, got ${shown}.`);
}

function wrongValue(name: string, value: string, wanted: string): RangeError {
  return new RangeError(
    `${name} of a CloudMonitoringMonitor must be ${wanted}, got ${JSON.stringify(value)}.`,
  );
}
