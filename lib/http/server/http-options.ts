/**
 * What is measured of the requests that the application serves, and of those that it makes.
 *
 * @publicApi
 */
export interface HttpOptions {
  /**
   * Whether requests are measured, in the metrics `http/server_durations`, `http/server_request_bytes`,
   * `http/server_response_bytes` and `http/server_response_status`.
   *
   * @default true
   */
  enabled?: boolean | undefined;
  /**
   * Requests that are not measured: the whole path without its query, such as `'/healthz'`, or a RegExp that
   * finds something in that path. What lies behind a controller is better marked with {@link SkipMetrics}. The
   * library's own routes are measured as any other: `/^\/internal\/tsmon/` leaves out the status page.
   *
   * @default []
   */
  ignore?: readonly (string | RegExp)[] | undefined;
  /**
   * Whether {@link TsmonInterceptor} is registered as the outermost global interceptor, to elect the request that
   * flushes. Any interceptor costs a request 15 to 35 µs. With `false` none is registered, and the hooks that measure
   * requests elect too, on Express and Fastify, by holding the end of the elected response. They see every HTTP
   * request, also one that a guard refuses; those of microservices and WebSockets then never flush.
   *
   * @default true
   */
  interceptor?: boolean | undefined;
  /**
   * Whether the requests that the application makes with `fetch`, undici, `node:http` or `node:https` are
   * measured, in the metrics `http/durations`, `http/request_bytes`, `http/response_bytes` and
   * `http/response_status`. Their field `name` is the host. The library's own requests are not counted.
   *
   * @default false
   */
  client?: boolean | undefined;
}

/** {@link HttpOptions} with nothing left out. */
export interface ResolvedHttpOptions {
  readonly enabled: boolean;
  readonly ignore: readonly (string | RegExp)[];
  readonly interceptor: boolean;
  readonly client: boolean;
}

/**
 * Checks the options, and fills in what was left out.
 *
 * @throws TypeError that names the option when it is of a wrong type, RangeError when it can never match a path.
 */
export function validateHttpOptions(options: HttpOptions = {}): ResolvedHttpOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(
      `http must be an object such as { enabled: false }, got ${shown(options)}.`,
    );
  }
  const { enabled = true, ignore = [], interceptor = true, client = false } = options;
  if (typeof enabled !== 'boolean') {
    throw new TypeError(`http.enabled must be true or false, got ${shown(enabled)}.`);
  }
  if (typeof interceptor !== 'boolean') {
    throw new TypeError(`http.interceptor must be true or false, got ${shown(interceptor)}.`);
  }
  if (typeof client !== 'boolean') {
    throw new TypeError(`http.client must be true or false, got ${shown(client)}.`);
  }
  if (!Array.isArray(ignore)) {
    throw new TypeError(
      `http.ignore must be an array of paths and RegExps, such as ['/healthz'], got ${shown(ignore)}.`,
    );
  }
  return { enabled, ignore: ignore.map(checkedRule), interceptor, client };
}

function checkedRule(rule: unknown, i: number): string | RegExp {
  if (rule instanceof RegExp) {
    // With these flags a RegExp goes on from its last match, and so misses every other request.
    return new RegExp(rule.source, rule.flags.replace(/[gy]/g, ''));
  }
  if (typeof rule !== 'string') {
    throw new TypeError(`http.ignore[${i}] must be a path or a RegExp, got ${shown(rule)}.`);
  }
  if (!rule.startsWith('/') || /[?#]/.test(rule)) {
    throw new RangeError(
      `http.ignore[${i}] must be a whole path without query, such as "/healthz", or a RegExp, got ${shown(rule)}.`,
    );
  }
  return rule;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
