import { afterEach, describe, expect, it } from 'vitest';
import { Soak } from '../support/soak/soak.js';
import { expectUnharmed } from '../support/soak/unharmed.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) {
    await cleanUp();
  }
});

describe('an application under load', () => {
  it('F2 F3 F7 answers as ever, and counts each request once, while its monitor hangs and its callbacks throw', async () => {
    const soak = await Soak.start({
      platform: 'express',
      expirationSec: 1800,
      mostRequests: 60_000,
      cleanUps,
    });
    const { app, wire } = soak;
    await soak.phase('calm', async () => {
      await soak.requestsFlush('sent', 3);
    });
    await soak.phase('connection: hang', async () => {
      await wire.suffer('hang');
      await soak.requestsFlush('failed');
      await wire.suffer('none');
    });
    await soak.phase('callbacks: throw', async () => {
      const { callbacksRun } = await app.state();
      await app.setMood('throw');
      await soak.requestsFlush('sent');
      await app.setMood('calm');
      expect((await app.state()).callbacksRun).toBeGreaterThan(callbacksRun);
    });

    await expectUnharmed(soak);
    expect(soak.countedTwice).toBe(0);
    expect(soak.told('tsmon/unknown_sends')).toBe(0);
  });
});
