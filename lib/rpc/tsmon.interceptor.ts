import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { Election } from '../flush/election.js';
import { RequestsUnderWay } from '../flush/requests-under-way.js';
import { CallMeter } from './call-meter.js';
import { holdEnd } from './held-body.js';

/**
 * Measures calls of microservices and gateways and operations of GraphQL, in `rpc/server_count` and `rpc/server_durations`.
 *
 * Elects calls of microservices, gateways and GraphQL, and requests of HTTP adapters other than Express and Fastify,
 * where hooks elect. When a handler has succeeded or failed, the interceptor checks whether a flush is due. If it is, the
 * interceptor holds the answer until the flush has ended. Otherwise a call costs one comparison. {@link TsmonModule}
 * registers the interceptor outside all other interceptors, so that timeouts of the application do not include the flush.
 *
 * Streams are not delayed: the items of an Observable (also of SSE) and the bytes of a file, an async iterable or a
 * `Response` pass at once. Only their end waits for the flush.
 *
 * In a hybrid application, the handlers of microservices pass through the interceptor only with `inheritAppConfig: true`.
 * In Nest 11, the handlers of a gateway pass through it only with `@UseInterceptors(TsmonInterceptor)`.
 *
 * @publicApi
 */
@Injectable()
export class TsmonInterceptor implements NestInterceptor {
  /** @internal */
  constructor(
    @Inject(Election) private readonly election: Pick<Election, 'elect'>,
    @Inject(RequestsUnderWay)
    private readonly requests: Pick<RequestsUnderWay, 'begin' | 'end' | 'isWatched'>,
    @Inject(CallMeter) private readonly meter: Pick<CallMeter, 'measure'>,
  ) {}

  /** Runs the handler, and elects the call when the handler ends. Does not change what the handler emits or throws. */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const answers = this.meter.measure(context, next.handle());
    if (this.requests.isWatched(httpRequestOf(context))) {
      return answers;
    }
    const mayStream = context.getType() === 'http';
    return new Observable(subscriber => {
      this.requests.begin();
      subscriber.add(() => this.requests.end());
      let bodyElects = false;
      return answers.subscribe({
        next: value => {
          bodyElects = mayStream && holdEnd(value, this.elect);
          subscriber.next(value);
        },
        error: error => this.afterFlush(() => subscriber.error(error)),
        complete: () => {
          if (bodyElects) {
            subscriber.complete();
          } else {
            this.afterFlush(() => subscriber.complete());
          }
        },
      });
    });
  }

  private readonly elect = (): Promise<void> | undefined => this.election.elect();

  private afterFlush(proceed: () => void): void {
    const flush = this.elect();
    if (flush) {
      void flush.then(proceed);
    } else {
      proceed();
    }
  }
}

/** Returns the HTTP request that a call belongs to. By convention, the GraphQL context holds the request as `req`. */
function httpRequestOf(context: ExecutionContext): unknown {
  switch (context.getType<string>()) {
    case 'http':
      return context.getArgByIndex(0);
    case 'graphql':
      return context.getArgByIndex<{ readonly req?: unknown } | undefined>(2)?.req;
    default:
      return undefined;
  }
}
