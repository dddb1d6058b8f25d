import type { Clock } from '../../clock/clock.js';
import type { ClientMetrics, Peer } from './client-metrics.js';

/** The status of a request that got no response, as in luci-go. */
const NO_RESPONSE = 0;

/** Bytes of the two bodies of a request; undefined where nobody knows. */
export interface Bodies {
  readonly requestBytes: number | undefined;
  readonly responseBytes: number | undefined;
}

/**
 * A request of the application while it is under way. Its status and duration are recorded with the headers of
 * the response, since a stream may go on for hours; the bytes at the end.
 */
export class ClientCall {
  private answered = false;
  private ended = false;

  /** @param startMs when it began, by the clock's monotonic time; undefined where nobody knows. */
  constructor(
    private readonly metrics: ClientMetrics,
    private readonly clock: Clock,
    private readonly peer: Peer,
    private readonly startMs: number | undefined,
  ) {}

  get isAnswered(): boolean {
    return this.answered;
  }

  /** The headers of the response have come. */
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

  /** Nothing more will come: the response is over, or was broken off. */
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

  /** It failed before there was a response. */
  fail(requestBytes: number | undefined): void {
    this.answer(NO_RESPONSE);
    this.end({ requestBytes, responseBytes: 0 });
  }
}
