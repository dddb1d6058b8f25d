import { isInsideRoute, type Layer, type RoutedRequest } from './express-layer.js';
import { LayerPatterns } from './layer-patterns.js';
import { isCatchAll, type MatchedRoute } from './route-name.js';

/** The route that Nest mounts under a global prefix to answer 404. */
const NOT_FOUND_ROUTE = '*path';

/** A mount that matches every path, such as `{*path}` of a middleware for all routes. */
const EVERY_PATH = /^\/\{?\/?\*\w+\}?$/;

/** Marks handlers inside a route: they share the place of the route. */
const NO_PLACE = 'no place';

/**
 * A layer of Express, reached through one chain of mounts, with the template that the chain declares. The number of places
 * depends on the declarations of the application, not on the URLs that clients request.
 */
export class Place implements MatchedRoute {
  readonly takesAnyPath: boolean;
  private readonly children = new WeakMap<Layer, Place | PlaceByPattern | typeof NO_PLACE>();

  private constructor(
    /** Called with each layer before the layer handles a request for the first time. */
    private readonly onNewLayer: (layer: Layer) => void,
    /** The prefix of all patterns below this place. */
    private readonly prefix: string,
    readonly template: string,
    private readonly parent?: Place,
    private readonly layer?: Layer,
  ) {
    this.takesAnyPath = !layer?.route || isCatchAll(template);
  }

  /** Creates the place of the application itself. `mountedAt` is the pattern at which outer applications mounted it. */
  static root(onNewLayer: (layer: Layer) => void, mountedAt: string): Place {
    return new Place(onNewLayer, mountedAt, mountedAt);
  }

  /** The place at which a router that is entered from here is mounted. A route consumes no path, so its parent counts. */
  get router(): Place {
    return (this.layer?.route && this.parent) ?? this;
  }

  /** Returns the place of a layer in the router that is mounted here; undefined for a handler inside a route. */
  child(layer: Layer, request: RoutedRequest, baseLength: number): Place | undefined {
    const known = this.children.get(layer) ?? this.addChild(layer);
    if (known instanceof Place) {
      return known;
    }
    return known === NO_PLACE ? undefined : known.placeFor(layer, request, baseLength);
  }

  /** Creates the place of a layer that matched by this pattern, in the router that is mounted here. */
  childOfPattern(pattern: string, layer: Layer): Place {
    const mounted = appendPattern(this.prefix, pattern.replace(/(?<!\/)\/+$/, ''));
    return layer.route
      ? this.descend(mounted, this.routeTemplate(pattern), layer)
      : this.descend(mounted, EVERY_PATH.test(mounted) ? '' : mounted, layer);
  }

  private descend(prefix: string, template: string, layer: Layer): Place {
    return new Place(this.onNewLayer, prefix, template, this, layer);
  }

  private routeTemplate(pattern: string): string {
    return pattern === NOT_FOUND_ROUTE ? '' : appendPattern(this.prefix, pattern) || '/';
  }

  /** Caches the place of a layer that has a single pattern. */
  cacheChild(layer: Layer, place: Place): void {
    this.children.set(layer, place);
  }

  private addChild(layer: Layer): Place | PlaceByPattern | typeof NO_PLACE {
    const place = this.createChild(layer);
    this.children.set(layer, place);
    if (place !== NO_PLACE) {
      this.onNewLayer(layer);
    }
    return place;
  }

  private createChild(layer: Layer): Place | PlaceByPattern | typeof NO_PLACE {
    if (isInsideRoute(layer)) {
      return NO_PLACE;
    }
    const patterns = new LayerPatterns(layer);
    return (
      this.placeAbove(layer) ??
      (patterns.single === undefined
        ? new PlaceByPattern(this, patterns)
        : this.childOfPattern(patterns.single, layer))
    );
  }

  /** Finds the layer among the enclosing places, so that a router mounted in itself has a bounded number of places. */
  private placeAbove(layer: Layer): Place | undefined {
    return this.layer === layer ? this : this.parent?.placeAbove(layer);
  }
}

/** The places of a layer that has several patterns, or one pattern that must be inferred from the first matching path. */
class PlaceByPattern {
  private readonly places = new Map<string, Place>();

  constructor(
    private readonly parent: Place,
    private readonly patterns: LayerPatterns,
  ) {}

  placeFor(layer: Layer, request: RoutedRequest, baseLength: number): Place {
    const pattern = this.patterns.matching(
      layer.route ? matchedPath(request) : (request.baseUrl ?? '').slice(baseLength),
    );
    const place = this.places.get(pattern) ?? this.parent.childOfPattern(pattern, layer);
    this.places.set(pattern, place);
    if (this.patterns.single !== undefined) {
      this.parent.cacheChild(layer, place);
    }
    return place;
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
