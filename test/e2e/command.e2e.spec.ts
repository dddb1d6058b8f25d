import { exec } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { VERSION } from '../../lib/version.js';
import { manifest, ROOT } from '../packed.js';
import { emulatorsAvailable, startEmulator, type Emulator } from '../support/emulators.js';
import { TestProcess } from '../support/processes.js';

let emulator: Emulator | undefined;
afterEach(() => emulator?.stop());

/** Runs the program that npm installs as `nestjs-tsmon`. */
function command(args: readonly string[], env: Record<string, string> = {}): TestProcess {
  const file = join(ROOT, manifest().bin['nestjs-tsmon']!);
  return new TestProcess(process.execPath, [file, ...args], env, ROOT);
}

describe('the built command', () => {
  it('prints its version', async () => {
    const process = command(['--version']);
    expect(await process.ended()).toEqual({ code: 0, signal: null });
    expect(process.output).toBe(`${VERSION}\n`);
  });

  it('ends with exit code 2 when there is no such command', async () => {
    const process = command(['docter']);
    expect(await process.ended()).toEqual({ code: 2, signal: null });
    expect(process.output).toMatch(/^There is no command "docter"\./);
  });

  it('loads a command when it is used', async () => {
    const process = command(['doctor', '--help']);
    expect(await process.ended()).toEqual({ code: 0, signal: null });
    expect(process.output).toMatch(/^Usage: nestjs-tsmon doctor /);
  });

  it('says nothing of a reader that has read enough', async () => {
    const file = join(ROOT, manifest().bin['nestjs-tsmon']!);
    const dashboard = `"${process.execPath}" "${file}" dashboard --format grafana`;
    const { stdout, stderr } = await promisify(exec)(`${dashboard} | head -c 1`);
    expect([stdout, stderr]).toEqual(['{', '']);
  });

  it.skipIf(!emulatorsAvailable)(
    'examines a project, prints only JSON, and ends by itself',
    async () => {
      emulator = await startEmulator('firestore');
      const process = command(['doctor', '--json', '--project=new-project'], {
        DATASTORE_EMULATOR_HOST: emulator.host,
        METADATA_SERVER_DETECTION: 'none',
      });
      expect(await process.ended()).toEqual({ code: 1, signal: null });
      const { findings } = JSON.parse(process.output) as {
        findings: { check: string; status: string }[];
      };
      expect(findings.map(({ check, status }) => `${check}: ${status}`)).toEqual([
        'datastore: ok',
        'conditional-writes: ok',
        'clock: ok',
        'housekeeping: failed',
        'task-numbers: ok',
        'cloud-monitoring: skipped',
        'routes: skipped',
      ]);
    },
  );
});
