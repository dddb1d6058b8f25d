/** The name of a request that matched no route. */
const UNMATCHED = '';

/** The name of a CORS preflight. No template equals it, since templates begin with a slash or an asterisk. */
const PREFLIGHT = 'preflight';

/** A template whose last part matches the rest of the path: `*path`, `/api/{*path}`, `/static/*`. */
const CATCH_ALL = /\*\w*\}?$/;

/** The route that answered a request. */
export interface MatchedRoute {
  /** The declared template, with every prefix and mount path. Never contains text of a URL. */
  readonly template: string;
  /** Whether the route matches every path below its template. A 404 of this route means that nothing matched. */
  readonly takesAnyPath: boolean;
}

/** A route whose full template is known. */
export class TemplateRoute implements MatchedRoute {
  constructor(readonly template: string) {}

  get takesAnyPath(): boolean {
    return isCatchAll(this.template);
  }
}

export function isCatchAll(template: string): boolean {
  return CATCH_ALL.test(template);
}

/** Returns the name of a request in metrics: the template of its route. A catch-all that answers 404 counts as unmatched. */
export function routeName(route: MatchedRoute | undefined, status: number): string {
  return !route || (status === 404 && route.takesAnyPath) ? UNMATCHED : route.template;
}

/**
 * Returns the name of a CORS preflight in metrics. Express answers preflights in a middleware, Fastify in a hook of a route,
 * and some applications in routes; every successful preflight gets the same name.
 */
export function preflightName(route: MatchedRoute | undefined, status: number): string {
  return status >= 200 && status < 300 ? PREFLIGHT : routeName(route, status);
}
