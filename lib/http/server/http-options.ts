import { array, boolean, object, string, type Schema } from '../../validation/schema.js';

/**
 * Selects the HTTP requests that are measured: requests that the application serves, and requests that it makes.
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
   * matches part of that path. Ignored requests wait for a flush only if it is a whole interval late.
   *
   * For routes of a controller, prefer {@link SkipMetrics}. Routes of the library are measured too:
   * `/^\/internal\/tsmon/` leaves out the status page.
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

/** Schema of {@link HttpOptions}. */
export const httpOptions = object({
  enabled: boolean({ default: true }),
  ignore: array(pathRule, { wanted: 'an array of paths and RegExps', default: [] }),
  client: boolean({ default: false }),
});

/** The checked {@link HttpOptions}, with defaults filled in. */
export type HttpSettings = ReturnType<typeof httpOptions.check>;

/** Drops the flags `g` and `y`: with them a RegExp continues from its last match and would miss every other request. */
function withoutMemory({ source, flags }: RegExp): RegExp {
  return new RegExp(source, flags.replace(/[gy]/g, ''));
}
