import type { IncomingMessage } from 'node:http';
import type { Layer, RoutedRequest } from './express-layer.js';
import { RouteNode } from './express-route-tree.js';
import type { MatchedRoute } from './route-name.js';

/** The part of an exchange that its trail uses. */
interface Answer {
  /** Whether the response has begun. */
  readonly responseBegun: boolean;
}

/** Leaves a router. `error` is the error that its layers passed on, if any. */
type Leave = (error: unknown) => void;

const TRAIL = Symbol('trail');

interface FollowedRequest extends RoutedRequest {
  [TRAIL]?: Trail;
}

/**
 * Caches the trail that was looked up last, since most requests are handled without interruption. On Node 20, reading a
 * property of a request takes a microsecond after Express has changed its prototype. A `WeakMap` of requests is no faster
 * if garbage collection is included.
 */
let current: Trail | undefined;

/** Follows a request through the routers of Express. `rootAt` returns the node at which the request enters the application. */
export function followRequest(
  request: IncomingMessage,
  rootAt: (baseUrl: string) => RouteNode,
  answer: Answer,
): Trail {
  const { baseUrl = '' } = request as RoutedRequest;
  const trail = new Trail(request, rootAt(baseUrl), baseUrl.length, answer);
  (request as FollowedRequest)[TRAIL] = trail;
  current = trail;
  return trail;
}

/** Returns the trail of a request; undefined if the request is not followed or has ended. */
export function trailOf(request: FollowedRequest): Trail | undefined {
  if (current?.request === request) {
    return current;
  }
  const trail = request[TRAIL];
  if (!trail || trail.ended) {
    return undefined;
  }
  current = trail;
  return trail;
}

/**
 * The way of one request through the routers of Express, up to the layer that answers. Express itself does not keep this:
 * `req.route` is the route that matched last, although it may have passed the request on, and `req.baseUrl` is text of the
 * client. Error handlers do not change the trail: a failure belongs to the layer that failed.
 */
class Trail {
  ended = false;
  /** The router whose layers handle the request now. */
  private router: RouteNode;
  private entered: RouteNode;

  constructor(
    readonly request: RoutedRequest,
    root: RouteNode,
    /** How many characters of `req.baseUrl` lead to the current router. */
    private baseLength: number,
    private readonly answer: Answer,
  ) {
    this.router = root;
    this.entered = root;
  }

  /** The layer that was entered last before the response began. */
  get route(): MatchedRoute {
    return this.entered;
  }

  /** Stops following the request. */
  end(): void {
    this.ended = true;
    if (current === this) {
      current = undefined;
    }
  }

  /** Records that a layer begins to handle the request. A layer of an unknown kind counts as its router. */
  enter(layer: Layer, request: RoutedRequest): void {
    if (this.answer.responseBegun) {
      return;
    }
    try {
      this.entered = this.router.child(layer, request, this.baseLength) ?? this.entered;
    } catch {
      this.entered = this.router;
    }
  }

  /** Records that a router begins to handle the request. Call the returned function when the router passes the request on. */
  enterRouter(request: RoutedRequest): Leave {
    const { router, baseLength, entered } = this;
    this.router = entered.router;
    this.baseLength = entered === router ? baseLength : (request.baseUrl ?? '').length;
    return error => {
      this.router = router;
      this.baseLength = baseLength;
      if (!error && !this.answer.responseBegun) {
        this.entered = entered;
      }
    };
  }
}
