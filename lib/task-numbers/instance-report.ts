import { WAITING, type Claim } from './claim.js';
import type { InstanceReport } from './target-group-report.js';

/** Describes a claim for the status page. */
export function instanceReport(
  { key, group, taskNum, lastUpdatedMs, expirationSec, released = false }: Claim,
  nowMs: number,
): InstanceReport {
  return {
    instanceId: key.slice(group.length + 1),
    ...(taskNum === WAITING ? {} : { taskNum }),
    ...(lastUpdatedMs === undefined ? {} : { heartbeatAgeMs: nowMs - lastUpdatedMs }),
    expirationSec,
    released,
  };
}
