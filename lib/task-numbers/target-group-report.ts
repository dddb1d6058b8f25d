/**
 * The claims of one target group, as {@link TaskNumAllocator.instances} has read them.
 *
 * @publicApi
 */
export interface TargetGroupReport {
  /** At most as many as were asked for, in no particular order. */
  readonly instances: readonly InstanceReport[];
  /** True where there are more than were asked for. */
  readonly truncated: boolean;
  /** Who runs housekeeping; left out where there is nobody to agree with. */
  readonly lease?: LeaseReport | undefined;
}

/**
 * One claim.
 *
 * @publicApi
 */
export interface InstanceReport {
  /** What tells it from every other instance. */
  readonly instanceId: string;
  /** The task number that it holds; left out while it waits for one. */
  readonly taskNum?: number | undefined;
  /** Milliseconds since its last heartbeat, by the clock of the process that asks; left out where that cannot be read. */
  readonly heartbeatAgeMs?: number | undefined;
  /** Seconds without a heartbeat after which it expires. */
  readonly expirationSec: number;
  /** True where the instance has given its number back, and the claim lives on for a moment. */
  readonly released: boolean;
}

/**
 * The right to assign numbers, which one run of housekeeping at a time holds.
 *
 * @publicApi
 */
export interface LeaseReport {
  /** Whether a run is at work. */
  readonly held: boolean;
  /** The instance that took it last, by the name of its claim: `<target group>|<instance id>`; left out where it did not say. */
  readonly holder?: string | undefined;
  /** Milliseconds since the last run over all claims finished; left out before the first. */
  readonly finishedAgeMs?: number | undefined;
}
