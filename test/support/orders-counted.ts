import type { FleetMember } from './fleet-member.js';
import { incrementsOf } from './received-increments.js';
import type { Payload } from './receiver.js';
import { isGlobal } from './tenures.js';

interface Count {
  readonly what: string;
  /** What the process has answered its customers. */
  readonly told: number;
  /** What the process has sent to the receiver. */
  readonly received: number;
}

/** Whether a process has yet to send something that it has answered its customers. */
export function ordersMissing(member: FleetMember, payloads: readonly Payload[]): boolean {
  return countsOf(member, payloads).some(({ told, received }) => received < told);
}

/**
 * Says where the receiver knows of fewer orders than the customers, unless the process was killed, or of more,
 * unless the process says itself that it may have sent some twice.
 *
 * @param payloads all that this process has sent.
 */
export function wrongCounts(member: FleetMember, payloads: readonly Payload[]): string[] {
  const unknownSends = unknownSendsOf(payloads);
  const survived = member.isRunning || hadLastFlush(member, payloads);
  return countsOf(member, payloads)
    .filter(
      ({ told, received }) =>
        (survived && received < told) ||
        (unknownSends === 0 && received > told + member.unanswered),
    )
    .map(
      ({ what, told, received }) =>
        `${member.name} told its customers of ${told} ${what} (${member.unanswered} more got no answer), and the receiver of ${received}; unknown sends ${unknownSends}; ${fateOf(member, payloads)}`,
    );
}

/** Whether the process was told to end, and has sent all that it had since. */
export function hadLastFlush({ terminatedAt }: FleetMember, payloads: readonly Payload[]): boolean {
  return (
    terminatedAt !== undefined &&
    payloads.some(({ endTime, cells }) => endTime > terminatedAt && !cells.every(isGlobal))
  );
}

/** How often the process was not sure whether what it sent had arrived, and sent it again under another number. */
export function unknownSendsOf(payloads: readonly Payload[]): number {
  return incrementsOf(payloads, 'tsmon/unknown_sends');
}

function countsOf(member: FleetMember, payloads: readonly Payload[]): Count[] {
  const { placed, refused } = member;
  const ofStatus = (status: string): number => incrementsOf(payloads, 'shop/orders', { status });
  return [
    { what: 'orders placed', told: placed, received: ofStatus('placed') },
    { what: 'orders refused', told: refused, received: ofStatus('refused') },
    { what: 'values', told: placed, received: incrementsOf(payloads, 'shop/order_values') },
  ];
}

function fateOf(member: FleetMember, payloads: readonly Payload[]): string {
  if (member.isRunning) {
    return 'alive';
  }
  if (member.terminatedAt === undefined) {
    return 'killed';
  }
  return hadLastFlush(member, payloads) ? 'ended with a last flush' : 'ended without a last flush';
}
