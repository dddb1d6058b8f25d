import type { IncomingMessage } from 'node:http';

/** A request inside of Express. The client writes all of this: it chooses patterns, and is never shown. */
export interface RoutedRequest extends IncomingMessage {
  /** The path that the mounts took so far, as the client wrote it. */
  readonly baseUrl?: string;
  /** What the router has made of the URL, to match its path. */
  readonly _parsedUrl?: { readonly pathname?: string | null };
}

/** Matches the beginning of a path, or the whole path of a route. Throws where a parameter is badly encoded. */
export type Matcher = (
  path: string,
) => false | { readonly path: string; readonly params: Readonly<Record<string, unknown>> };

/** A step of an Express router: a mount, which may be a router, a middleware or an application, or a route. */
export interface Layer {
  readonly handle: { readonly stack?: unknown };
  /** Undefined in a mount; missing in the handlers of a route. */
  readonly route?: { readonly path: unknown } | undefined;
  /** True in a mount at `/`. */
  readonly slash?: boolean;
  /** The declared pattern or patterns, in router 2.3; router 2.2 keeps it only in the closures of its matchers. */
  readonly rawPath?: unknown;
  /** One matcher for each pattern. */
  readonly matchers?: readonly Matcher[];
}

/** Whether the layer is one of the handlers inside of a route. */
export function isInsideRoute(layer: Layer): boolean {
  return !layer.route && 'method' in layer;
}
