import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Clock } from '../../clock/clock.js';
import type { Registry } from '../../metrics/registry.js';
import { distinguishOwnRequests } from '../../own-work.js';
import { OnceLog } from '../../seldom-log.js';
import { outsideTargets } from '../../targets/with-target.js';
import type { HttpSettings } from '../server/http-options.js';
import { ClientCalls } from './client-call.js';
import { declareClientMetrics, type ClientMetrics } from './client-metrics.js';
import { NodeHttpCalls, type NodeHttpMessage } from './node-http-calls.js';
import { UndiciCalls, type UndiciMessage } from './undici-calls.js';

/** Records the HTTP requests that the application makes. Listens on the channels where Node publishes them. */
export class ClientHooks {
  readonly metrics: ClientMetrics;
  private readonly calls: ClientCalls;
  private readonly onceLog = new OnceLog();

  constructor(registry: Registry, clock: Clock, bucketers: HttpSettings['bucketers']) {
    this.metrics = declareClientMetrics(registry, bucketers);
    this.calls = new ClientCalls(this.metrics, clock);
  }

  /**
   * Starts to listen.
   *
   * @returns a function that stops it.
   */
  start(): () => void {
    distinguishOwnRequests();
    const undici = new UndiciCalls(this.calls);
    const nodeHttp = new NodeHttpCalls(this.calls, this.safely);
    const subscriptions = [
      ...Object.entries(undici.channels).map(([channel, on]) =>
        this.listen(channel, message => on(message as UndiciMessage)),
      ),
      ...Object.entries(nodeHttp.channels).map(([channel, on]) =>
        this.listen(channel, message => on(message as NodeHttpMessage)),
      ),
    ];
    return () => subscriptions.forEach(end => end());
  }

  private listen(channel: string, on: (message: unknown) => void): () => void {
    const listener = (message: unknown): void => this.safely(() => on(message));
    subscribe(channel, listener);
    return () => void unsubscribe(channel, listener);
  }

  /** Catches errors, which would end the process. Leaves any `withTarget()`: requests always belong to this instance. */
  private readonly safely = (work: () => void): void => {
    try {
      outsideTargets(work);
    } catch (error) {
      this.onceLog.failureOnce('A request to another service could not be recorded.', error);
    }
  };
}
