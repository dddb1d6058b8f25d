import type { FieldValue } from './fields.js';

/**
 * A value of an attribute, as OpenTelemetry has them.
 *
 * @publicApi
 */
export type AttributeValue =
  string | number | boolean | readonly (string | number | boolean | null | undefined)[];

/**
 * What another library calls a metric that a source has read. A monitor that has the same notions sends these instead of the
 * name, units and fields of the declaration, which were made from them.
 *
 * @publicApi
 */
export interface MetricOrigin {
  /** The name of the source. No two sources of an application have the same. */
  readonly source: string;
  /** The original name, such as `http.server.request.duration`. */
  readonly name: string;
  /** The original unit, or the empty string. */
  readonly unit: string;
  /** The original kind. An `up-down` is a cumulative sum that may fall. The declaration is a gauge. */
  readonly kind: 'counter' | 'up-down' | 'gauge' | 'histogram';
  /** The instrumentation scope, if the source has scopes. */
  readonly scope?:
    | {
        /** The name of the scope, mostly the name of a package. */
        readonly name: string;
        /** Its version. */
        readonly version?: string;
      }
    | undefined;
  /** Returns the original attributes of a cell with these field values. */
  attributesOf(fieldValues: readonly FieldValue[]): Record<string, AttributeValue>;
  /** The original declaration in one line. Declarations of one metric with different attributes have the same line. */
  describe(): string;
}
