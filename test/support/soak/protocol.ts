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

/** What the application that is soaked tells of itself. */
export interface SoakState {
  readonly lastFlush: FlushReport | undefined;
  /** When its monitor accepted something: the end times of the payloads, in microseconds since the epoch. */
  readonly acceptedEndTimes: readonly number[];
  /** How often its callbacks were run. */
  readonly callbacksRun: number;
}

/** What it holds, after garbage collection. */
export interface SoakResources {
  readonly heapMegabytes: number;
  /** Connections that are open, of every kind. */
  readonly sockets: number;
}

/** What it is told by its environment. */
export const SOAK_ENV = {
  adapter: 'SOAK_ADAPTER',
  monitorPort: 'SOAK_MONITOR_PORT',
  datastorePort: 'SOAK_DATASTORE_PORT',
  expirationSec: 'SOAK_EXPIRATION_SEC',
} as const;

export const INTERVAL_SEC = 1;
/** What F2 promises: no request is delayed longer. */
export const TIMEOUT_SEC = 1;
export const HEARTBEAT_SEC = 1;
