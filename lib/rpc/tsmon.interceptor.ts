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
import { holdEnd } from './held-body.js';

/**
 * Elects calls of microservices, gateways and GraphQL, and requests of HTTP adapters other than Express and Fastify,
 * where hooks elect. When a handler is done, with success or not, it asks whether a flush is due, and if so keeps the
 * answer until the flush has ended. All others pass at the cost of one comparison. {@link TsmonModule} puts it outside
 * all other interceptors, so that a time limit of the application does not count the flush.
 *
 * What streams is not kept waiting: the items of an Observable (SSE too), and the bytes of a file, an async
 * iterable or a `Response` pass at once, and the flush comes where they end.
 *
 * A hybrid application shows it the handlers of its microservices only with `inheritAppConfig: true`, and Nest 11
 * those of a gateway only with `@UseInterceptors(TsmonInterceptor)`.
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
  ) {}

  /** Hands the call on, and asks whether a flush is due where it ends. What the handler emits or throws is not changed. */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.requests.isWatched(requestOf(context))) {
      return next.handle();
    }
    const mayStream = context.getType() === 'http';
    return new Observable(subscriber => {
      this.requests.begin();
      subscriber.add(() => this.requests.end());
      let bodyElects = false;
      return next.handle().subscribe({
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

  private afterFlush(goOn: () => void): void {
    const flush = this.elect();
    if (flush) {
      void flush.then(goOn);
    } else {
      goOn();
    }
  }
}

/** The HTTP request that a call is a part of. By convention the context of GraphQL has it as `req`. */
function requestOf(context: ExecutionContext): unknown {
  switch (context.getType<string>()) {
    case 'http':
      return context.getArgByIndex(0);
    case 'graphql':
      return context.getArgByIndex<{ readonly req?: unknown } | undefined>(2)?.req;
    default:
      return undefined;
  }
}
