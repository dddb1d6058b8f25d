import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionFault } from '../support/soak/fault-proxy.js';
import type { CallbackMood } from '../support/soak/protocol.js';
import { Soak } from '../support/soak/soak.js';
import { expectUnharmed } from '../support/soak/unharmed.js';
import type { ReceiverFault } from '../support/soak/soaked-receiver.js';
import { PLATFORMS } from '../support/test-app.js';

const MOST_REQUESTS = 60_000;
/** So long that no number is ever lost while a fault lasts. */
const EXPIRATION_SEC = 1800;
const HOUR_MS = 3_600_000;

const CONNECTION_FAULTS: readonly ConnectionFault[] = [
  'hang',
  'black hole',
  'refuse',
  'garbage',
  'half-close',
  'drip',
];
const RECEIVER_FAULTS: readonly ReceiverFault[] = ['silent', 'unreadable', 'status', 'error'];
const MOODS: readonly CallbackMood[] = [
  'throw',
  'reject',
  'hang',
  'flush and wait for it',
  'request from itself',
  'register more',
];

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) {
    await cleanUp();
  }
});

describe.each(PLATFORMS)('an application under load on %s', platform => {
  it('F2 F3 F7 answers as ever, and counts each request once, while its monitor fails in every way, its callbacks misbehave and its clock jumps', async () => {
    const soak = await Soak.start({
      platform,
      expirationSec: EXPIRATION_SEC,
      mostRequests: MOST_REQUESTS,
      cleanUps,
    });
    const { app, wire, receiver } = soak;
    await soak.phase('calm', async () => {
      await soak.requestsFlush('sent', 3);
    });

    for (const fault of CONNECTION_FAULTS) {
      await soak.phase(`connection: ${fault}`, async () => {
        await wire.suffer(fault);
        await soak.requestsFlush('failed');
        await wire.suffer('none');
        if (fault === 'hang' || fault === 'refuse') {
          // After the backoff; elsewhere the flush by hand at the end of the phase need not wait for it.
          await soak.requestsFlush('sent');
        }
      });
    }
    for (const fault of RECEIVER_FAULTS) {
      await soak.phase(`receiver: ${fault}`, async () => {
        receiver.fault = fault;
        await soak.requestsFlush('failed');
        receiver.fault = 'none';
      });
    }
    for (const mood of MOODS) {
      await soak.phase(`callbacks: ${mood}`, async () => {
        const { callbacksRun } = await app.state();
        await app.setMood(mood);
        await soak.requestsFlush('sent', 2);
        await app.setMood('calm');
        expect((await app.state()).callbacksRun).toBeGreaterThan(callbacksRun);
      });
    }
    for (const aheadMs of [2 * HOUR_MS, -2 * HOUR_MS, 0]) {
      await soak.phase(`clock ahead: ${aheadMs / HOUR_MS} h`, async () => {
        await app.setClockAhead(aheadMs);
        await soak.requestsFlush('sent', 2);
      });
    }

    await expectUnharmed(soak);
    expect(soak.countedTwice).toBe(0);
    expect(soak.told('tsmon/unknown_sends')).toBe(0);
  });
});
