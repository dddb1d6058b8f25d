import type { FlushReport } from 'nestjs-tsmon';

/** What the application's callbacks do when a flush runs them. */
export type CallbackMood =
  | 'calm'
  | 'throw'
  | 'reject'
  | 'hang'
  | 'flush and wait for it'
  | 'request from itself'
  | 'register more';

/** What the application under soak reports about itself. */
export interface SoakState {
  readonly lastFlush: FlushReport | undefined;
  /** The end times of accepted payloads, in microseconds since the epoch. */
  readonly acceptedEndTimes: readonly number[];
  /** How often its callbacks were run. */
  readonly callbacksRun: number;
}

/** The resources of the application, after garbage collection. */
export interface SoakResources {
  readonly heapMegabytes: number;
  /** The number of open connections, of every kind. */
  readonly sockets: number;
}

/** The environment variables of the application. */
export const SOAK_ENV = {
  adapter: 'SOAK_ADAPTER',
  monitorPort: 'SOAK_MONITOR_PORT',
  datastorePort: 'SOAK_DATASTORE_PORT',
  expirationSec: 'SOAK_EXPIRATION_SEC',
} as const;

export const INTERVAL_SEC = 1;
/** F2: the longest delay of a request. */
export const TIMEOUT_SEC = 1;
export const HEARTBEAT_SEC = 1;
