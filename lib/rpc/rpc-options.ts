import { boolean, object } from '../validation/schema.js';

/**
 * Selects the calls that are measured: messages of microservices and WebSockets, and operations of GraphQL.
 *
 * @publicApi
 */
export interface RpcOptions {
  /**
   * Whether messages of microservices and WebSockets, and operations of GraphQL, are measured.
   *
   * The metrics are `rpc/server_count` and `rpc/server_durations`. {@link SkipMetrics} leaves out a handler or a class.
   *
   * @default true
   */
  enabled?: boolean | undefined;
}

/** The rules for the {@link RpcOptions}. */
export const rpcOptions = object({ enabled: boolean({ default: true }) });
