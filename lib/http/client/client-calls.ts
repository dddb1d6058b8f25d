import type { Clock } from '../../clock/clock.js';
import { isOwnRequest } from '../../own-work.js';
import { ClientCall } from './client-call.js';
import type { ClientMetrics, Peer } from './client-metrics.js';

/** Makes the calls that are recorded: those of the application, not the library's own. */
export class ClientCalls {
  constructor(
    private readonly metrics: ClientMetrics,
    private readonly clock: Clock,
  ) {}

  /** For a request that begins now; undefined where it is the library's own. */
  begin(peer: () => Peer): ClientCall | undefined {
    return this.call(peer, this.clock.monotonicNow());
  }

  /** For a request that is met when it has begun already; undefined where it is the library's own. */
  beginLate(peer: () => Peer): ClientCall | undefined {
    return this.call(peer, undefined);
  }

  private call(peer: () => Peer, startMs: number | undefined): ClientCall | undefined {
    return isOwnRequest() ? undefined : new ClientCall(this.metrics, this.clock, peer(), startMs);
  }
}
