import type { Clock } from '../../clock/clock.js';
import { isOwnRequest } from '../../own-work.js';
import { ClientCall } from './client-call.js';
import type { ClientMetrics, Peer } from './client-metrics.js';

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
