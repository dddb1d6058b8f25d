import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../lib/version.js';
import { manifest, ROOT } from '../packed.js';
import { TestProcess } from '../support/processes.js';

/** Runs the program that npm installs as `nestjs-tsmon`. */
function command(...args: string[]): TestProcess {
  const file = join(ROOT, manifest().bin['nestjs-tsmon']!);
  return new TestProcess(process.execPath, [file, ...args]);
}

describe('the built command', () => {
  it('prints its version', async () => {
    const process = command('--version');
    expect(await process.ended()).toEqual({ code: 0, signal: null });
    expect(process.output).toBe(`${VERSION}\n`);
  });

  it('ends with exit code 2 when there is no such command', async () => {
    const process = command('docter');
    expect(await process.ended()).toEqual({ code: 2, signal: null });
    expect(process.output).toMatch(/^There is no command "docter"\./);
  });

  it('loads a command when it is used', async () => {
    const process = command('doctor', '--help');
    expect(await process.ended()).toEqual({ code: 0, signal: null });
    expect(process.output).toMatch(/^Usage: nestjs-tsmon doctor /);
  });
});
