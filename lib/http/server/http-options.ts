import { array, boolean, object, string, type Schema } from '../../validation/schema.js';

/**
 * What is measured of the requests that the application serves, and of those that it makes.
 *
 * @publicApi
 */
export interface HttpOptions {
  /**
   * Whether requests are measured.
   *
   * The metrics are `http/server_durations`, `http/server_request_bytes`, `http/server_response_bytes` and
   * `http/server_response_status`.
   *
   * @default true
   */
  enabled?: boolean | undefined;
  /**
   * Requests that are not measured: the whole path without its query, such as `'/healthz'`, or a RegExp that
   * finds something in that path. Such requests wait for a flush only where it is a whole interval late.
   *
   * What lies behind a controller is better marked with {@link SkipMetrics}. The library's own routes are measured as any
   * other: `/^\/internal\/tsmon/` leaves out the status page.
   *
   * @default []
   */
  ignore?: readonly (string | RegExp)[] | undefined;
  /**
   * Whether the requests that the application makes with `fetch`, undici, `node:http` or `node:https` are measured.
   *
   * The metrics are `http/durations`, `http/request_bytes`, `http/response_bytes` and `http/response_status`. Their field
   * `name` is the host. The library's own requests are not counted.
   *
   * @default false
   */
  client?: boolean | undefined;
}

const PATH_RULE = 'a whole path without query, such as "/healthz", or a RegExp';
const wholePath = string({ wanted: PATH_RULE, isAllowed: text => /^\/[^?#]*$/.test(text) });

const pathRule: Schema<string | RegExp> = {
  wanted: PATH_RULE,
  check: (rule, path) =>
    rule instanceof RegExp ? withoutMemory(rule) : wholePath.check(rule, path),
};

/** What each of the {@link HttpOptions} may be. */
export const httpOptions = object({
  enabled: boolean({ default: true }),
  ignore: array(pathRule, { wanted: 'an array of paths and RegExps', default: [] }),
  client: boolean({ default: false }),
});

/** The {@link HttpOptions}, checked, with nothing left out. */
export type HttpSettings = ReturnType<typeof httpOptions.check>;

/** Drops the flags with which a RegExp continues from its last match, and so misses every other request. */
function withoutMemory({ source, flags }: RegExp): RegExp {
  return new RegExp(source, flags.replace(/[gy]/g, ''));
}
