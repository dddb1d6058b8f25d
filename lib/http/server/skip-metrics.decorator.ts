import {
  applyDecorators,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { skipRequest } from './skipped-requests.js';

/** Marks the request and lets it pass. A guard is the first step of a route that has both the handler and the request. */
const markSkipped: CanActivate = {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() === 'http') {
      skipRequest(context.switchToHttp().getRequest<object>());
    }
    return true;
  },
};

/** The key of the metadata of a skipped handler or class. */
const SKIPPED = 'nestjs-tsmon:skip-metrics';

/**
 * Leaves a route, or all routes of a controller, out of the HTTP metrics. The requests may still be elected to flush.
 *
 * A request is left out when it reaches the guards of the controller or route. A request that is refused earlier is still
 * measured: by a middleware, by a global guard, or by a guard whose decorator stands below this one. List paths that must
 * never be measured in `http.ignore`.
 *
 * It also leaves handlers of microservices, gateways and GraphQL out of the metrics `rpc/…`.
 *
 * @publicApi
 */
export function SkipMetrics(): ClassDecorator & MethodDecorator {
  return applyDecorators(UseGuards(markSkipped), SetMetadata(SKIPPED, true));
}

/** Whether the handler of a call that is not an HTTP request, or its class, is left out of the metrics. */
export function isSkipped(context: ExecutionContext): boolean {
  return (
    Reflect.hasMetadata(SKIPPED, context.getHandler()) ||
    Reflect.hasMetadata(SKIPPED, context.getClass())
  );
}
