import { afterEach, describe, expect, it } from 'vitest';
import { emulatorsAvailable } from '../support/emulators.js';
import { Soak } from '../support/soak/soak.js';
import { expectUnharmed } from '../support/soak/unharmed.js';
import { PLATFORMS } from '../support/test-app.js';

const MOST_REQUESTS = 60_000;
/** Without a heartbeat that is answered a number is used for half of this. */
const EXPIRATION_SEC = 10;
const HOUR_MS = 3_600_000;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) {
    await cleanUp();
  }
});

describe.skipIf(!emulatorsAvailable)('an application under load, and its Datastore', () => {
  it.each(PLATFORMS)(
    'F2 F5 F7 F8 on %s answers as ever, loses no request, and counts twice only what it says, while Datastore is paused, killed and restarted',
    async platform => {
      const soak = await Soak.start({
        platform,
        emulator: platform === 'express' ? 'firestore' : 'datastore',
        expirationSec: EXPIRATION_SEC,
        mostRequests: MOST_REQUESTS,
        cleanUps,
      });
      const { app, wire, receiver, datastore } = soak;
      await soak.phase('calm', async () => {
        await soak.requestsFlush('sent', 3);
      });

      await soak.phase('paused for a moment', async () => {
        datastore.pause();
        // The number is surely held all the while, and each flush tries in vain to renew it.
        await soak.requestsFlush('sent', 2);
        datastore.resume();
      });
      await soak.phase('paused past the safe age of the number', async () => {
        datastore.pause();
        await soak.requestsFlush('failed');
        const { calls } = receiver;
        expect((await app.flush()).outcome).toBe('failed');
        expect(receiver.calls).toBe(calls);
        datastore.resume();
      });
      await soak.phase('connections dead for good, which nobody closes', async () => {
        await datastore.loseConnections();
        await soak.requestsFlush('failed');
      });
      await soak.phase('killed, and restarted without its rows', async () => {
        await datastore.kill();
        await soak.requestsFlush('sent', 2);
        const since = soak.lastEndTime;
        await datastore.restart();
        await soak.streamsStart(since);
      });
      await soak.phase('lost its rows while an answer of the monitor was lost', async () => {
        const since = soak.lastEndTime;
        receiver.fault = 'silent';
        await soak.requestsFlush('failed');
        await datastore.loseRows();
        // Before the backoff is over, so that it is the row that is missed, and not the number that grew old.
        await app.flush();
        receiver.fault = 'none';
        await soak.streamsStart(since);
      });
      for (const aheadMs of [2 * HOUR_MS, -2 * HOUR_MS, 0]) {
        await soak.phase(`clock ahead: ${aheadMs / HOUR_MS} h`, async () => {
          await app.setClockAhead(aheadMs);
          await soak.requestsFlush('sent', 2);
        });
      }
      await soak.phase('all at once', async () => {
        await wire.suffer('hang');
        await app.setMood('hang');
        datastore.pause();
        await soak.requestsFlush('failed');
        await app.setClockAhead(2 * HOUR_MS);
        await soak.requestsFlush('failed');
        await wire.suffer('none');
        await app.setMood('calm');
        datastore.resume();
        await soak.requestsFlush('sent');
      });

      await expectUnharmed(soak);
      expect(soak.countedTwice).toBeGreaterThan(0);
      expect(soak.told('tsmon/unknown_sends')).toBeGreaterThan(0);
    },
  );
});
