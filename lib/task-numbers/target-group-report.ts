/**
 * The claims of one target group: the result of {@link TaskNumAllocator.instances}.
 *
 * @publicApi
 */
export interface TargetGroupReport {
  /** The claims, up to the limit of the call, in no particular order. */
  readonly instances: readonly InstanceReport[];
  /** True if there are more claims than the limit. */
  readonly truncated: boolean;
  /** The lease of housekeeping; left out if the allocator needs none. */
  readonly lease?: LeaseReport | undefined;
}

/**
 * One claim.
 *
 * @inline
 */
export interface InstanceReport {
  /** The unique id of the instance. */
  readonly instanceId: string;
  /** The task number that the instance holds; left out while it waits for one. */
  readonly taskNum?: number | undefined;
  /** Milliseconds since the last heartbeat, by the clock of the process that reads; left out if it cannot be read. */
  readonly heartbeatAgeMs?: number | undefined;
  /** Seconds without a heartbeat after which the claim expires. */
  readonly expirationSec: number;
  /** True if the instance has released its number. The claim then lives on for a minute. */
  readonly released: boolean;
}

/**
 * The right to assign numbers. One run of housekeeping at a time holds it.
 *
 * @inline
 */
export interface LeaseReport {
  /** Whether a run holds the lease now. */
  readonly held: boolean;
  /** The last holder, as the key of its claim: `<target group>|<instance id>`; left out if it has no claim. */
  readonly holder?: string | undefined;
  /** Milliseconds since a run over all claims finished last; left out before the first. */
  readonly finishedAgeMs?: number | undefined;
}
