import { UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { skipRequest } from './skipped-requests.js';

/** Refuses nobody: a guard is the first thing of a route that knows both its handler and its request. */
const markSkipped: CanActivate = {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() === 'http') {
      skipRequest(context.switchToHttp().getRequest<object>());
    }
    return true;
  },
};

/**
 * Leaves a route, or all routes of a controller, out of the HTTP metrics. Requests still take part in
 * flushing.
 *
 * A request is left out once it has come so far as the guards of the controller or route. What is refused
 * before, by a middleware, by a global guard or by a guard of the route that is applied before this decorator
 * (the one that stands below it), is measured. Paths that must never be measured belong in `http.ignore`.
 *
 * @publicApi
 */
export function SkipMetrics(): ClassDecorator & MethodDecorator {
  return UseGuards(markSkipped);
}
