import { Bucketer, isBucketer } from '../../metrics/bucketer.js';
import type { FieldDeclarations } from '../../metrics/fields.js';
import {
  array,
  boolean,
  callable,
  custom,
  object,
  optional,
  string,
  type Schema,
} from '../../validation/schema.js';
import { addedFields, checkFieldValues, type HttpFieldValues } from './added-fields.js';

/**
 * Selects the HTTP requests that are measured, those that the application serves and those that it makes, and what is
 * recorded of them.
 *
 * @publicApi
 */
export interface HttpOptions {
  /**
   * Whether the requests that the application serves are measured.
   *
   * @default true
   */
  enabled?: boolean | undefined;
  /**
   * Requests that are not measured: the whole path without its query, such as `'/healthz'`, or a RegExp that
   * matches part of that path. It is the path that the client asks for, so it begins with the global prefix of the
   * application, if there is one: `'/api/healthz'`. Ignored requests wait for a flush only if it is a whole interval late.
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
  /**
   * Which metrics of served requests there are.
   *
   * @default each part as {@link HttpMetricsOptions} says
   */
  metrics?: HttpMetricsOptions | undefined;
  /**
   * Fields that the metrics of served requests have beside `status`, `name` and `is_robot`, with their types:
   * `{ method: 'string', tenant: 'string' }`.
   *
   * The library fills `method` with the method of the request, or `other` if it is not GET, HEAD, POST, PUT, PATCH, DELETE,
   * OPTIONS, TRACE, CONNECT or QUERY. `fieldValues` fills the others. Each combination of values is a cell of its own, so a
   * field should have few values: see `limits.cellsPerMetric`.
   *
   * @default {}
   */
  fields?: FieldDeclarations | undefined;
  /**
   * Returns the values of the fields that `fields` adds: `request => ({ tenant: request.headers['x-tenant'] })`. It must not
   * be asynchronous.
   *
   * It is called once for each measured request, when the response has ended. It gets the request and the response that
   * handlers get, or those of Node if the request did not reach the hooks of the platform, as with a malformed URL. If it
   * throws, all its fields have the value that stands for none: `''`, `0` or `false`. If a value is missing or has a wrong
   * type, this field has it. The first such mistake is logged.
   *
   * @default none: `fields` may add only `method` then
   */
  fieldValues?: HttpFieldValues | undefined;
  /**
   * The bounds of the buckets, for requests that the application serves and for those that it makes.
   *
   * @default each part as {@link HttpBucketersOptions} says
   */
  bucketers?: HttpBucketersOptions | undefined;
}

/**
 * The metrics of the HTTP requests that the application serves.
 *
 * @publicApi
 */
export interface HttpMetricsOptions {
  /**
   * Whether there is the distribution `http/server_durations`.
   *
   * @default true
   */
  durations?: boolean | undefined;
  /**
   * Whether there is the counter `http/server_response_status`.
   *
   * @default true
   */
  status?: boolean | undefined;
  /**
   * Whether there is the distribution `http/server_request_bytes`.
   *
   * @default true
   */
  requestBytes?: boolean | undefined;
  /**
   * Whether there is the distribution `http/server_response_bytes`.
   *
   * @default true
   */
  responseBytes?: boolean | undefined;
  /**
   * Whether there is the gauge `http/server_in_flight`: the number of requests under way, without fields. A stream is under
   * way until it ends. Requests in `http.ignore` do not count.
   *
   * @default false
   */
  inFlight?: boolean | undefined;
}

/**
 * The bounds of the buckets of HTTP metrics.
 *
 * @publicApi
 */
export interface HttpBucketersOptions {
  /**
   * Maps durations in milliseconds to buckets. `Bucketer.default` has the bounds of luci-go.
   *
   * @default five bounds a decade, from 0.1 ms to 10.5 minutes: Bucketer.geometric(10 ** 0.2, 34, 0.1)
   */
  durations?: Bucketer | undefined;
  /**
   * Maps the sizes of bodies to buckets.
   *
   * @default Bucketer.default
   */
  bytes?: Bucketer | undefined;
}

const PATH_RULE = 'a whole path without query, such as "/healthz", or a RegExp';
const wholePath = string({ wanted: PATH_RULE, isAllowed: text => /^\/[^?#]*$/.test(text) });

const pathRule: Schema<string | RegExp> = {
  wanted: PATH_RULE,
  check: (rule, path) =>
    rule instanceof RegExp ? withoutMemory(rule) : wholePath.check(rule, path),
};

const bucketer = (byDefault: Bucketer): Schema<Bucketer> =>
  custom({
    wanted: 'a Bucketer, such as Bucketer.default',
    isType: isBucketer,
    default: byDefault,
  });

/** Schema of {@link HttpMetricsOptions}. */
export const httpMetricsOptions = object({
  durations: boolean({ default: true }),
  status: boolean({ default: true }),
  requestBytes: boolean({ default: true }),
  responseBytes: boolean({ default: true }),
  inFlight: boolean({ default: false }),
});

/** Schema of {@link HttpBucketersOptions}. */
export const httpBucketersOptions = object({
  durations: bucketer(Bucketer.geometric(10 ** 0.2, 34, 0.1)),
  bytes: bucketer(Bucketer.default),
});

/** Schema of {@link HttpOptions}. */
export const httpOptions = object(
  {
    enabled: boolean({ default: true }),
    ignore: array(pathRule, { wanted: 'an array of paths and RegExps', default: [] }),
    client: boolean({ default: false }),
    metrics: httpMetricsOptions,
    fields: addedFields,
    fieldValues: optional(
      callable<HttpFieldValues>({ wanted: 'a function that returns the values of http.fields' }),
    ),
    bucketers: httpBucketersOptions,
  },
  (settings, path) => checkFieldValues(settings, path),
);

/** The checked {@link HttpOptions}, with defaults filled in. */
export type HttpSettings = ReturnType<typeof httpOptions.check>;

/** Drops the flags `g` and `y`: with them a RegExp continues from its last match and would miss every other request. */
function withoutMemory({ source, flags }: RegExp): RegExp {
  return new RegExp(source, flags.replace(/[gy]/g, ''));
}
