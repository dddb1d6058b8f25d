import type { IncomingMessage } from 'node:http';

/** A request inside Express. The client controls all these values, so they only choose between patterns and are never shown. */
export interface RoutedRequest extends IncomingMessage {
  /** The part of the path that mounts have matched so far, as the client wrote it. */
  readonly baseUrl?: string;
  /** The URL as the router parsed it. */
  readonly _parsedUrl?: { readonly pathname?: string | null };
}

/** Matches the beginning of a path for a mount, and the whole path for a route. Throws if a parameter is badly encoded. */
export type Matcher = (
  path: string,
) => false | { readonly path: string; readonly params: Readonly<Record<string, unknown>> };

/** An entry in the stack of an Express router: a route, or a mounted router, middleware or application. */
export interface Layer {
  readonly handle: { readonly stack?: unknown };
  /** Undefined for a mount. Absent for a handler inside a route. */
  readonly route?: { readonly path: unknown } | undefined;
  /** True for a mount at `/`. */
  readonly slash?: boolean;
  /** The declared pattern or patterns. Absent in router 2.2, which keeps patterns only in closures of its matchers. */
  readonly rawPath?: unknown;
  /** One matcher for each pattern. */
  readonly matchers?: readonly Matcher[];
}

/** Whether the layer is a handler inside a route. */
export function isInsideRoute(layer: Layer): boolean {
  return !layer.route && 'method' in layer;
}
