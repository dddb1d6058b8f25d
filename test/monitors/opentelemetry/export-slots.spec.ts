import { describe, expect, it } from 'vitest';
import { ExportSlots } from '../../../lib/monitors/opentelemetry/export-slots.js';
import { settle } from '../../support/settle.js';

const never = new AbortController().signal;

describe('ExportSlots', () => {
  it.each(Array.from({ length: 12 }, (_, ticks) => ticks))(
    'lose no slot to a signal that is aborted %i ticks after the one before has ended',
    async ticks => {
      const slots = new ExportSlots(1);
      let end = (): void => undefined;
      const first = slots.run(
        () =>
          new Promise<void>(resolve => {
            end = resolve;
          }),
        never,
      );
      const controller = new AbortController();
      const second = slots.run(() => Promise.resolve('ran'), controller.signal);
      const outcome = second.catch((error: Error) => error.message);
      await settle();
      end();
      for (let tick = 0; tick < ticks; tick++) {
        await undefined;
      }
      controller.abort(new Error('aborted'));
      expect(['ran', 'aborted']).toContain(await outcome);
      await first;
      let atOnce = 0;
      const together = [1, 2].map(() =>
        slots.run(async () => {
          atOnce += 1;
          await Promise.resolve();
          expect(atOnce).toBe(1);
          atOnce -= 1;
          return 'free';
        }, never),
      );
      expect(await Promise.all(together)).toEqual(['free', 'free']);
    },
  );
});
