import { describe, expect, it } from 'vitest';
import { batch, web, type ContractAllocators } from './contract-allocators.js';

/** What an allocator tells of the claims of a target group, if it tells of them. */
export function instancesContract({ clock, open, claim, hold, numbers }: ContractAllocators): void {
  describe('instances', () => {
    it('lists number, age and expiry of each claim of the target group, and no other', async () => {
      const allocator = open(600);
      await allocator.notifyTaskIsAlive(batch, 'a').catch(() => undefined);
      await hold(allocator, 'a', 'b|c');
      clock.advance(5000);
      await numbers(allocator, 'b|c');
      await claim(allocator, 'waits');
      clock.advance(1000);
      const { instances, truncated } = await allocator.instances!(web.withTaskNum(7), 10);
      expect(truncated).toBe(false);
      const byId = instances.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
      expect(byId).toEqual([
        {
          instanceId: 'a',
          taskNum: 0,
          heartbeatAgeMs: expect.closeTo(6000, -1),
          expirationSec: 600,
          released: false,
        },
        {
          instanceId: 'b|c',
          taskNum: 1,
          heartbeatAgeMs: expect.closeTo(1000, -1),
          expirationSec: 600,
          released: false,
        },
        {
          instanceId: 'waits',
          heartbeatAgeMs: expect.closeTo(1000, -1),
          expirationSec: 600,
          released: false,
        },
      ]);
    });

    it('lists a released claim until it is removed', async () => {
      const allocator = open(600);
      await hold(allocator, 'a');
      await allocator.release(web, 'a');
      expect((await allocator.instances!(web, 10)).instances).toMatchObject([
        { instanceId: 'a', taskNum: 0, released: true },
      ]);
      clock.advance(61_000);
      await allocator.assignTaskNumbers();
      expect((await allocator.instances!(web, 10)).instances).toEqual([]);
    });

    it('lists no more than the limit, and says that there are more', async () => {
      const allocator = open();
      await hold(allocator, 'a', 'b', 'c');
      const two = await allocator.instances!(web, 2);
      expect([two.instances.length, two.truncated]).toEqual([2, true]);
      const three = await allocator.instances!(web, 3);
      expect([three.instances.length, three.truncated]).toEqual([3, false]);
    });

    it('changes nothing', async () => {
      const allocator = open(600);
      expect((await allocator.instances!(web, 10)).instances).toEqual([]);
      await claim(allocator, 'a');
      await allocator.instances!(web, 10);
      await claim(allocator, 'a');
      clock.advance(601_000);
      await allocator.instances!(web, 10);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 0, expired: 1 });
    });
  });
}
