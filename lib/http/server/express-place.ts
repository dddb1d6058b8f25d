import { isInsideRoute, type Layer, type RoutedRequest } from './express-layer.js';
import { LayerPatterns } from './layer-patterns.js';
import { isCatchAll, type MatchedRoute } from './route-name.js';

/** The route that Nest mounts under a global prefix to answer what matched nothing. */
const NOT_FOUND_ROUTE = '*path';

/** A mount that takes every path, as `{*path}` of a middleware for all routes. */
const EVERY_PATH = /^\/\{?\/?\*\w+\}?$/;

/** Handlers inside of a route answer in the place of the route. */
const NO_PLACE = 'no place';

/**
 * A layer of Express, as it is reached through one chain of mounts, with the template that this chain declares. There
 * are as many places as the application has declared, however many URLs there are.
 */
export class Place implements MatchedRoute {
  readonly takesAnyPath: boolean;
  private readonly children = new WeakMap<Layer, Place | PlaceByPattern | typeof NO_PLACE>();

  private constructor(
    /** Called with each layer that gets a place, before the layer handles a request for the first time. */
    private readonly onNewLayer: (layer: Layer) => void,
    /** The prefix of all patterns inside of this place. */
    private readonly prefix: string,
    readonly template: string,
    private readonly parent?: Place,
    private readonly layer?: Layer,
  ) {
    this.takesAnyPath = !layer?.route || isCatchAll(template);
  }

  /** The application itself. `mountedAt` is what applications that nobody follows have mounted it at. */
  static root(onNewLayer: (layer: Layer) => void, mountedAt: string): Place {
    return new Place(onNewLayer, mountedAt, mountedAt);
  }

  /** The place where a router that is entered from here is mounted: the parent of a route, which takes nothing off the path. */
  get router(): Place {
    return (this.layer?.route && this.parent) ?? this;
  }

  /** The place of a layer in the router that is mounted here; undefined where the layer has none. */
  child(layer: Layer, request: RoutedRequest, baseLength: number): Place | undefined {
    const known = this.children.get(layer) ?? this.learn(layer);
    if (known instanceof Place) {
      return known;
    }
    return known === NO_PLACE ? undefined : known.of(layer, request, baseLength);
  }

  /** The place of a layer of the router that is mounted here, where it takes a path by this pattern. */
  childOfPattern(pattern: string, layer: Layer): Place {
    const mounted = join(this.prefix, pattern.replace(/(?<!\/)\/+$/, ''));
    return layer.route
      ? this.descend(mounted, this.routeTemplate(pattern), layer)
      : this.descend(mounted, EVERY_PATH.test(mounted) ? '' : mounted, layer);
  }

  private descend(prefix: string, template: string, layer: Layer): Place {
    return new Place(this.onNewLayer, prefix, template, this, layer);
  }

  private routeTemplate(pattern: string): string {
    return pattern === NOT_FOUND_ROUTE ? '' : join(this.prefix, pattern) || '/';
  }

  /** Remembers the place of a layer whose pattern never changes. */
  settle(layer: Layer, place: Place): void {
    this.children.set(layer, place);
  }

  private learn(layer: Layer): Place | PlaceByPattern | typeof NO_PLACE {
    const place = this.firstSeen(layer);
    this.children.set(layer, place);
    if (place !== NO_PLACE) {
      this.onNewLayer(layer);
    }
    return place;
  }

  private firstSeen(layer: Layer): Place | PlaceByPattern | typeof NO_PLACE {
    if (isInsideRoute(layer)) {
      return NO_PLACE;
    }
    const patterns = new LayerPatterns(layer);
    return (
      this.placeAbove(layer) ??
      (patterns.only === undefined
        ? new PlaceByPattern(this, patterns)
        : this.childOfPattern(patterns.only, layer))
    );
  }

  /** Finds the layer among the enclosing places, so that a router mounted in itself has a bounded number of places. */
  private placeAbove(layer: Layer): Place | undefined {
    return this.layer === layer ? this : this.parent?.placeAbove(layer);
  }
}

/** The places of a layer that has several patterns, or one that must be learnt from the first path it takes. */
class PlaceByPattern {
  private readonly places = new Map<string, Place>();

  constructor(
    private readonly parent: Place,
    private readonly patterns: LayerPatterns,
  ) {}

  of(layer: Layer, request: RoutedRequest, baseLength: number): Place {
    const pattern = this.patterns.thatTakes(
      layer.route ? matchedPath(request) : (request.baseUrl ?? '').slice(baseLength),
    );
    const place = this.places.get(pattern) ?? this.parent.childOfPattern(pattern, layer);
    this.places.set(pattern, place);
    if (this.patterns.only !== undefined) {
      this.parent.settle(layer, place);
    }
    return place;
  }
}

/** A slash at the end of a mount is not part of its path, and neither is a slash alone. */
function join(prefix: string, pattern: string): string {
  if (pattern === '' || pattern === '/') {
    return prefix;
  }
  return pattern.startsWith('/') ? prefix + pattern : `${prefix}/${pattern}`;
}

/** The path as the router reads it, also of an absolute URL or one with a fragment. */
function matchedPath({ _parsedUrl: parsed }: RoutedRequest): string {
  return parsed?.pathname ?? '';
}
