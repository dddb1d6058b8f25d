import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../lib/clock/clock.js';

describe('systemClock', () => {
  it('has the wall time', () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('has a monotonic time that never goes back', () => {
    const times = Array.from({ length: 1000 }, () => systemClock.monotonicNow());
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
  });

  it('calls a timer back once', async () => {
    let calls = 0;
    await new Promise<void>(resolve => {
      systemClock.after(1, () => {
        calls += 1;
        resolve();
      });
    });
    expect(calls).toBe(1);
  });

  it('does not call back a timer that was cancelled', async () => {
    let called = false;
    const cancel = systemClock.after(0, () => (called = true));
    cancel();
    cancel();
    await new Promise<void>(resolve => void systemClock.after(5, resolve));
    expect(called).toBe(false);
  });

  it.each([
    ['F10 keeps the process alive until a timer fires', '20', undefined, 'ended\nfired\n'],
    ['F10 lets the process end before an unref timer', '600_000', '{ unref: true }', 'ended\n'],
  ])(
    '%s',
    async (_, delayMs, options, expected) => {
      const source = new URL('../../lib/clock/clock.ts', import.meta.url);
      const script = `
      const { transpileModule } = await import('typescript');
      const { readFileSync } = await import('node:fs');
      const code = transpileModule(readFileSync(new URL('${source.href}'), 'utf8'), {
        compilerOptions: { module: 99, target: 9 },
      }).outputText;
      const { systemClock } = await import('data:text/javascript,' + encodeURIComponent(code));
      systemClock.after(${delayMs}, () => console.log('fired'), ${options});
      console.log('ended');
    `;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '-e', script],
        { cwd: new URL('../..', import.meta.url), timeout: 60_000 },
      );
      expect(stdout).toBe(expected);
    },
    70_000,
  );
});
