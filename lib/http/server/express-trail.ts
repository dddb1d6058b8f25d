import type { IncomingMessage } from 'node:http';
import type { Layer, RoutedRequest } from './express-layer.js';
import { Place } from './express-place.js';
import type { MatchedRoute } from './route-name.js';

/** The part of an exchange that its trail needs. */
interface Answer {
  /** Whether the response has begun. */
  readonly begun: boolean;
}

/** Leaves a router, with the error that its layers passed on, if there was one. */
type Leave = (error: unknown) => void;

const TRAIL = Symbol('trail');

interface FollowedRequest extends RoutedRequest {
  [TRAIL]?: Trail;
}

/**
 * The trail that was asked for last: most requests are handled in one go. To read a property of a request takes a microsecond
 * on Node 20 once Express has changed its prototype, and a `WeakMap` of requests takes no less, garbage collection included.
 */
let current: Trail | undefined;

/** Follows a request through the routers of Express. `rootAt` is asked where it begins, past which base URL. */
export function followRequest(
  request: IncomingMessage,
  rootAt: (baseUrl: string) => Place,
  answer: Answer,
): Trail {
  const { baseUrl = '' } = request as RoutedRequest;
  const trail = new Trail(request, rootAt(baseUrl), baseUrl.length, answer);
  (request as FollowedRequest)[TRAIL] = trail;
  current = trail;
  return trail;
}

/** The trail of a request; undefined where nobody follows it, or not any more. */
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
 * The way of one request through the routers of Express, up to the layer that answers it. What Express remembers is not
 * enough: `req.route` is the route that matched last, which may have passed the request on, and `req.baseUrl` is what
 * the client wrote. Error handlers change nothing: a failure belongs to the layer that failed.
 */
class Trail {
  ended = false;
  /** The router whose layers run. */
  private router: Place;
  private entered: Place;

  constructor(
    readonly request: RoutedRequest,
    root: Place,
    /** How many characters of `req.baseUrl` the mounts of the present router took. */
    private baseLength: number,
    private readonly answer: Answer,
  ) {
    this.router = root;
    this.entered = root;
  }

  /** The layer that was entered last before the answer began. */
  get route(): MatchedRoute {
    return this.entered;
  }

  /** The request is over, and is followed no longer. */
  end(): void {
    this.ended = true;
    if (current === this) {
      current = undefined;
    }
  }

  /** Enters a layer that begins to handle the request. A layer of an unknown kind counts as its router. */
  enter(layer: Layer, request: RoutedRequest): void {
    if (this.answer.begun) {
      return;
    }
    try {
      this.entered = this.router.child(layer, request, this.baseLength) ?? this.entered;
    } catch {
      this.entered = this.router;
    }
  }

  /** Enters a router that begins to handle the request. Call the returned function when the router passes the request on. */
  enterRouter(request: RoutedRequest): Leave {
    const { router, baseLength, entered } = this;
    this.router = entered.router;
    this.baseLength = entered === router ? baseLength : (request.baseUrl ?? '').length;
    return error => {
      this.router = router;
      this.baseLength = baseLength;
      if (!error && !this.answer.begun) {
        this.entered = entered;
      }
    };
  }
}
