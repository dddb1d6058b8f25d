import { isInsideRoute, type Layer, type RoutedRequest } from './express-layer.js';
import { LayerPatterns } from './layer-patterns.js';
import { isCatchAll, type MatchedRoute } from './route-name.js';

/** The route that Nest mounts under a global prefix to answer 404. */
const NOT_FOUND_ROUTE = '*path';

/** A mount that matches every path, such as `{*path}` of a middleware for all routes. */
const EVERY_PATH = /^\/\{?\/?\*\w+\}?$/;

/** Marks handlers inside a route: they share the node of the route. */
const NO_NODE = 'no node';

/**
 * A node of the route tree: a layer of Express, reached through one chain of mounts, with the template that the chain
 * declares. The number of nodes depends on the declarations of the application, not on the URLs that clients request.
 */
export class RouteNode implements MatchedRoute {
  readonly takesAnyPath: boolean;
  private readonly children = new WeakMap<Layer, RouteNode | NodesByPattern | typeof NO_NODE>();

  private constructor(
    /** Called with each layer before the layer handles a request for the first time. */
    private readonly onNewLayer: (layer: Layer) => void,
    /** The prefix of all patterns below this node. */
    private readonly prefix: string,
    readonly template: string,
    private readonly parent?: RouteNode,
    private readonly layer?: Layer,
  ) {
    this.takesAnyPath = !layer?.route || isCatchAll(template);
  }

  /** Creates the node of the application itself. `mountedAt` is the pattern at which outer applications mounted it. */
  static root(onNewLayer: (layer: Layer) => void, mountedAt: string): RouteNode {
    return new RouteNode(onNewLayer, mountedAt, mountedAt);
  }

  /** The node at which a router that is entered from here is mounted. A route consumes no path, so its parent counts. */
  get router(): RouteNode {
    return (this.layer?.route && this.parent) ?? this;
  }

  /** Returns the node of a layer in the router that is mounted here; undefined for a handler inside a route. */
  child(layer: Layer, request: RoutedRequest, baseLength: number): RouteNode | undefined {
    const known = this.children.get(layer) ?? this.addChild(layer);
    if (known instanceof RouteNode) {
      return known;
    }
    return known === NO_NODE ? undefined : known.nodeFor(layer, request, baseLength);
  }

  /** Creates the node of a layer that matched by this pattern, in the router that is mounted here. */
  childOfPattern(pattern: string, layer: Layer): RouteNode {
    const mounted = appendPattern(this.prefix, pattern.replace(/(?<!\/)\/+$/, ''));
    return layer.route
      ? this.descend(mounted, this.routeTemplate(pattern), layer)
      : this.descend(mounted, EVERY_PATH.test(mounted) ? '' : mounted, layer);
  }

  private descend(prefix: string, template: string, layer: Layer): RouteNode {
    return new RouteNode(this.onNewLayer, prefix, template, this, layer);
  }

  private routeTemplate(pattern: string): string {
    return pattern === NOT_FOUND_ROUTE ? '' : appendPattern(this.prefix, pattern) || '/';
  }

  /** Caches the node of a layer that has a single pattern. */
  cacheChild(layer: Layer, node: RouteNode): void {
    this.children.set(layer, node);
  }

  private addChild(layer: Layer): RouteNode | NodesByPattern | typeof NO_NODE {
    const node = this.createChild(layer);
    this.children.set(layer, node);
    if (node !== NO_NODE) {
      this.onNewLayer(layer);
    }
    return node;
  }

  private createChild(layer: Layer): RouteNode | NodesByPattern | typeof NO_NODE {
    if (isInsideRoute(layer)) {
      return NO_NODE;
    }
    const patterns = new LayerPatterns(layer);
    return (
      this.nodeAbove(layer) ??
      (patterns.single === undefined
        ? new NodesByPattern(this, patterns)
        : this.childOfPattern(patterns.single, layer))
    );
  }

  /** Finds the layer among the enclosing nodes, so that a router mounted in itself has a bounded number of nodes. */
  private nodeAbove(layer: Layer): RouteNode | undefined {
    return this.layer === layer ? this : this.parent?.nodeAbove(layer);
  }
}

/** The nodes of a layer that has several patterns, or one pattern that must be inferred from the first matching path. */
class NodesByPattern {
  private readonly nodes = new Map<string, RouteNode>();

  constructor(
    private readonly parent: RouteNode,
    private readonly patterns: LayerPatterns,
  ) {}

  nodeFor(layer: Layer, request: RoutedRequest, baseLength: number): RouteNode {
    const pattern = this.patterns.matching(
      layer.route ? matchedPath(request) : (request.baseUrl ?? '').slice(baseLength),
    );
    const node = this.nodes.get(pattern) ?? this.parent.childOfPattern(pattern, layer);
    this.nodes.set(pattern, node);
    if (this.patterns.single !== undefined) {
      this.parent.cacheChild(layer, node);
    }
    return node;
  }
}

/** Appends a pattern to a prefix. An empty pattern or a single slash adds nothing. */
function appendPattern(prefix: string, pattern: string): string {
  if (pattern === '' || pattern === '/') {
    return prefix;
  }
  return pattern.startsWith('/') ? prefix + pattern : `${prefix}/${pattern}`;
}

/** Returns the path as the router parsed it, also if the URL is absolute or has a fragment. */
function matchedPath({ _parsedUrl: parsed }: RoutedRequest): string {
  return parsed?.pathname ?? '';
}
