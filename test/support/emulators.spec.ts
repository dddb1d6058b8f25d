import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Datastore } from '@google-cloud/datastore';
import { describe, expect, it } from 'vitest';
import { emulatorsAvailable, emulatorsMissing, startEmulator } from './emulators.js';
import { until } from './processes.js';

const TIMEOUT_MS = 120_000;

describe('emulators', { timeout: TIMEOUT_MS }, () => {
  it('are available, or a message says how to get them', () => {
    expect(emulatorsAvailable).toBe(emulatorsMissing === undefined);
    if (emulatorsMissing) {
      expect(emulatorsMissing).toContain('gcloud components install');
    }
  });

  it.skipIf(!emulatorsAvailable)(
    'an emulator keeps data until it is reset, and is gone when it is stopped',
    async () => {
      const emulator = await startEmulator('firestore');
      try {
        const datastore = new Datastore({ projectId: 'p', apiEndpoint: emulator.host });
        const key = datastore.key(['Kind', 'name']);
        await datastore.save({ key, data: { n: 1 } });
        expect((await datastore.get(key))[0]).toMatchObject({ n: 1 });
        await emulator.reset();
        expect((await datastore.get(key))[0]).toBeUndefined();
      } finally {
        await emulator.stop();
        await emulator.stop();
      }
      await expect(fetch(`http://${emulator.host}/`)).rejects.toThrow('fetch failed');
    },
  );

  it.skipIf(!emulatorsAvailable)(
    'an emulator that is paused answers after it is resumed, and can be stopped while paused',
    async () => {
      const emulator = await startEmulator('datastore');
      try {
        emulator.pause();
        await until('it is paused', () => isSilent(emulator.host));
        const answer = fetch(`http://${emulator.host}/`);
        emulator.resume();
        expect((await answer).status).toBe(200);
        emulator.pause();
        await until('it is paused again', () => isSilent(emulator.host));
      } finally {
        await emulator.stop();
      }
      await expect(fetch(`http://${emulator.host}/`)).rejects.toThrow('fetch failed');
    },
  );

  it('the script that starts an emulator kills it also when this process is killed', async () => {
    const script = fileURLToPath(new URL('emulators-with-parent.sh', import.meta.url));
    const parent = spawn(process.execPath, [
      '-e',
      `require('node:child_process').spawn('sh', process.argv.slice(1), { stdio: ['pipe', 'inherit', 'inherit'] })`,
      script,
      'sh',
      '-c',
      'echo $$; exec sleep 100',
    ]);
    const [pid] = (await once(createInterface(parent.stdout), 'line')) as [string];
    expect(isAlive(Number(pid))).toBe(true);
    parent.kill('SIGKILL');
    await until('it has ended', () => !isAlive(Number(pid)));
  });
});

async function isSilent(host: string): Promise<boolean> {
  const answer = await fetch(`http://${host}/`, { signal: AbortSignal.timeout(500) }).catch(
    (error: unknown) => error,
  );
  return answer instanceof DOMException && answer.name === 'TimeoutError';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
