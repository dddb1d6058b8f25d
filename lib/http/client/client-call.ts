import type { Clock } from '../../clock/clock.js';
import { isOwnRequest } from '../../own-work.js';
import type { ClientMetrics, Peer } from './client-metrics.js';

/** The status of a request that got no response, as in luci-go. */
const NO_RESPONSE = 0;

/** The sizes of the request body and the response body; undefined if not known. */
export interface Bodies {
  readonly requestBytes: number | undefined;
  readonly responseBytes: number | undefined;
}

/**
 * A request of the application that is under way. Records status and duration when the response headers arrive, since a
 * stream may go on for hours. Records bytes at the end.
 */
export class ClientCall {
  private answered = false;
  private ended = false;

  /** @param startMs the start, by the clock's monotonic time; undefined if not known. */
  constructor(
    private readonly metrics: ClientMetrics,
    private readonly clock: Clock,
    private readonly peer: Peer,
    private readonly startMs: number | undefined,
  ) {}

  get isAnswered(): boolean {
    return this.answered;
  }

  /** Records that the response headers have arrived. */
  answer(status: number): void {
    if (this.answered) {
      return;
    }
    this.answered = true;
    if (this.startMs !== undefined) {
      this.metrics.durations.add(this.clock.monotonicNow() - this.startMs, this.peer);
    }
    this.metrics.responseStatus.add(1, { status, ...this.peer });
  }

  /** Records that the response has ended or was aborted. */
  end({ requestBytes, responseBytes }: Bodies): void {
    if (this.ended) {
      return;
    }
    this.ended = true;
    if (requestBytes !== undefined) {
      this.metrics.requestBytes.add(requestBytes, this.peer);
    }
    if (responseBytes !== undefined) {
      this.metrics.responseBytes.add(responseBytes, this.peer);
    }
  }

  /** Records that the request failed without a response. */
  fail(requestBytes: number | undefined): void {
    this.answer(NO_RESPONSE);
    this.end({ requestBytes, responseBytes: 0 });
  }
}

/** Creates calls for requests of the application, but not for requests of the library itself. */
export class ClientCalls {
  constructor(
    private readonly metrics: ClientMetrics,
    private readonly clock: Clock,
  ) {}

  /** Creates the call of a request that starts now; undefined for a request of the library. */
  begin(peer: () => Peer): ClientCall | undefined {
    return this.call(peer, this.clock.monotonicNow());
  }

  /** Creates the call of a request that started unnoticed; undefined for a request of the library. */
  beginLate(peer: () => Peer): ClientCall | undefined {
    return this.call(peer, undefined);
  }

  private call(peer: () => Peer, startMs: number | undefined): ClientCall | undefined {
    return isOwnRequest() ? undefined : new ClientCall(this.metrics, this.clock, peer(), startMs);
  }
}
