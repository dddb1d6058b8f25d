/** The name of a request that no route answered. */
const UNMATCHED = '';

/** The name of a CORS preflight. Templates begin with a slash or an asterisk, so none is equal to it. */
const PREFLIGHT = 'preflight';

/** A template whose last part takes all that is left: `*path`, `/api/{*path}`, `/static/*`. */
const CATCH_ALL = /\*\w*\}?$/;

/** The route that answered a request. */
export interface MatchedRoute {
  /** Its declared template, with every prefix and mount path. Never a part of a URL. */
  readonly template: string;
  /** Whether it takes every path below its template, so that its 404 means that nothing matched. */
  readonly takesAnyPath: boolean;
}

/** A route that the platform remembers by its whole template. */
export class TemplateRoute implements MatchedRoute {
  constructor(readonly template: string) {}

  get takesAnyPath(): boolean {
    return isCatchAll(this.template);
  }
}

export function isCatchAll(template: string): boolean {
  return CATCH_ALL.test(template);
}

/** The name of a request in metrics: the template of its route. A catch-all that answers 404 matched nothing. */
export function routeName(route: MatchedRoute | undefined, status: number): string {
  return !route || (status === 404 && route.takesAnyPath) ? UNMATCHED : route.template;
}

/**
 * The name of a CORS preflight. Express answers it in a middleware, Fastify in a hook of a route or of a catch-all, and
 * applications in routes of their own: a preflight that was answered well has the same name everywhere.
 */
export function preflightName(route: MatchedRoute | undefined, status: number): string {
  return status >= 200 && status < 300 ? PREFLIGHT : routeName(route, status);
}
