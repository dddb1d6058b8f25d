import type { ExecutionContext } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { Clock } from '../clock/clock.js';
import { activeSpan, spanOfHeaders, type TraceSpan } from '../trace-context.js';
import { isSkipped } from '../http/server/skip-metrics.decorator.js';
import { statusOfError, watchStatus, type GrpcCall } from './grpc-status.js';
import { operationOf, type Operation } from './operation.js';
import type { RpcMetrics } from './rpc-metrics.js';
import { isAsyncIterable, withEnd } from './watched-iterable.js';

/** Takes the outcome of a call. Only the first one counts. */
type EndCall = (outcome: string) => void;

/** Measures calls of handlers until their answers have ended. */
export class CallMeter {
  /** Calls that are measured already: a handler may name the interceptor that is also global. */
  private readonly measured = new WeakSet<ExecutionContext>();

  /** @param metrics undefined if calls are not measured. */
  constructor(
    private readonly metrics: RpcMetrics | undefined,
    private readonly clock: Clock,
  ) {}

  /** Returns the answers of a handler, watched until they end; the same Observable if the call is not measured. */
  measure(context: ExecutionContext, answers: Observable<unknown>): Observable<unknown> {
    const { metrics } = this;
    const operation = metrics && operationOf(context);
    if (!operation || this.measured.has(context) || isSkipped(context)) {
      return answers;
    }
    this.measured.add(context);
    const grpcCall = operation.transport === 'grpc' ? grpcCallOf(context) : undefined;
    const begin = (): EndCall => this.begin(metrics, operation, grpcCall);
    if (grpcCall) {
      return measureGrpc(grpcCall, answers, begin);
    }
    return watchAnswers(answers, begin, 'ok', () => 'error');
  }

  private begin(
    metrics: RpcMetrics,
    operation: Operation,
    grpcCall: GrpcCall | undefined,
  ): EndCall {
    const startMs = this.clock.monotonicNow();
    const span = metrics.keepsExemplars ? (activeSpan() ?? spanOfGrpc(grpcCall)) : undefined;
    let ended = false;
    return outcome => {
      if (!ended) {
        ended = true;
        metrics.record(operation, outcome, this.clock.monotonicNow() - startMs, span);
      }
    };
  }
}

/** A handler of a raw stream gets the call as its first argument, any other one as its third. */
function grpcCallOf(context: ExecutionContext): GrpcCall {
  return context.getArgByIndex<GrpcCall | undefined>(2) ?? context.getArgByIndex<GrpcCall>(0);
}

function spanOfGrpc(call: GrpcCall | undefined): TraceSpan | undefined {
  const header = (name: string): unknown => call?.metadata?.get(name)[0];
  return spanOfHeaders(header('traceparent'), header('x-cloud-trace-context'));
}

function measureGrpc(
  call: GrpcCall,
  answers: Observable<unknown>,
  begin: () => EndCall,
): Observable<unknown> {
  return watchStatus(call, begin()) ? answers : watchAnswers(answers, begin, 'OK', statusOfError);
}

/**
 * Ends a call when its answers have ended. A call whose answers are cancelled has not failed: the client may have left. If an
 * answer is a stream, as in a GraphQL subscription, the call ends with that stream.
 */
function watchAnswers(
  answers: Observable<unknown>,
  begin: () => EndCall,
  ok: string,
  outcomeOf: (error: unknown) => string,
): Observable<unknown> {
  return new Observable(subscriber => {
    const end = begin();
    let streams = false;
    subscriber.add(() => {
      if (!streams) {
        end(ok);
      }
    });
    return answers.subscribe({
      next: answer => {
        // An object that can be iterated may have more to it, such as the edges of a page.
        streams = isAsyncIterable(answer) && 'next' in answer;
        subscriber.next(
          isAsyncIterable(answer) && streams
            ? withEnd(answer, { ended: () => end(ok), failed: error => end(outcomeOf(error)) })
            : answer,
        );
      },
      error: error => {
        end(outcomeOf(error));
        subscriber.error(error);
      },
      complete: () => subscriber.complete(),
    });
  });
}
