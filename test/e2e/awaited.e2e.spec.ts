import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { emulatorsAvailable } from '../support/emulators.js';
import { runJobScript, type ScriptType } from '../support/job-script.js';
import { sharedEmulator } from '../support/shared-emulator.js';

const TYPES: readonly ScriptType[] = ['module', 'commonjs'];
const IN_MEMORY = 'monitor: printingMonitor, allocator: new tsmon.InMemoryTaskNumAllocator()';
const NO_HOUSEKEEPING = 'housekeeping: { cron: false, controller: false }';

describe.skipIf(!emulatorsAvailable)('F10 a job without a server, with Datastore', () => {
  let emulatorHost: string;
  beforeAll(async () => {
    emulatorHost = await sharedEmulator('firestore');
  }, 60_000);

  /** A project for each job: the emulator keeps them apart. */
  const environment = () => ({
    DATASTORE_EMULATOR_HOST: emulatorHost,
    DATASTORE_PROJECT_ID: `job-${randomUUID()}`,
    METADATA_SERVER_DETECTION: 'none',
  });

  describe.each(TYPES)('as %s', type => {
    it.each([0, 300])('sends all and closes after %i ms of work', async workMs => {
      const main = `
        const rows = new tsmon.Counter('rows');
        const app = await startJob({ monitor: printingMonitor, taskNumbers: { selfAssign: true } });
        rows.add(1);
        await sleep(${workMs});
        await app.close();
        console.log('closed');
      `;
      expect(await runJobScript(type, main, environment())).toEqual({
        code: 0,
        signal: null,
        lines: expect.arrayContaining(['sent 1', 'shutdown hook', 'closed']),
      });
    });

    it('flushes by hand', async () => {
      const main = `
        const rows = new tsmon.Counter('rows');
        const app = await startJob({ monitor: printingMonitor, taskNumbers: { selfAssign: true } });
        rows.add(1);
        const { outcome } = await app.get(tsmon.TsmonService).flush();
        console.log(outcome);
        process.exit();
      `;
      expect(await runJobScript(type, main, environment())).toEqual({
        code: 0,
        signal: null,
        lines: expect.arrayContaining(['sent 1', 'sent']),
      });
    });
  });
});

// Most of these jobs only wait.
describe.concurrent.each(TYPES)('F10 what a job waits for settles, as %s', type => {
  it('though a callback hangs', async () => {
    const main = `
      const rows = new tsmon.Counter('rows');
      tsmon.registerCallback(() => new Promise(() => {}));
      const app = await startJob({ ${IN_MEMORY}, flush: { timeoutSec: 1 }, ${NO_HOUSEKEEPING} });
      rows.add(1);
      await app.close();
      console.log('closed');
    `;
    expect(await runJobScript(type, main)).toEqual({
      code: 0,
      signal: null,
      lines: expect.arrayContaining(['sent 1', 'shutdown hook', 'closed']),
    });
  });

  it('though the source of settings hangs: the options are used after five seconds', async () => {
    const main = `
      const rows = new tsmon.Counter('rows');
      const app = await startJob({ ${IN_MEMORY}, settings: () => new Promise(() => {}), ${NO_HOUSEKEEPING} });
      rows.add(1);
      await app.close();
      console.log('closed');
    `;
    expect(await runJobScript(type, main)).toEqual({
      code: 0,
      signal: null,
      lines: expect.arrayContaining([
        expect.stringContaining('took longer than 5 s'),
        'sent 1',
        'shutdown hook',
        'closed',
      ]),
    });
  });

  it.each([
    ['a monitor hangs', `monitor: { ...printingMonitor, send: () => new Promise(() => {}) }`],
    [
      'closing a monitor hangs',
      `monitor: { ...printingMonitor, close: () => new Promise(() => {}) }`,
    ],
    [
      'a second monitor hangs',
      `monitor: [printingMonitor, { ...printingMonitor, send: () => new Promise(() => {}) }]`,
    ],
  ])('though %s', async (_, monitor) => {
    const main = `
      const rows = new tsmon.Counter('rows');
      const app = await startJob({
        ${monitor}, allocator: new tsmon.InMemoryTaskNumAllocator(), shutdown: { timeoutSec: 1 }, ${NO_HOUSEKEEPING}
      });
      rows.add(1);
      await app.close();
      console.log('closed');
    `;
    expect(await runJobScript(type, main)).toEqual({
      code: 0,
      signal: null,
      lines: expect.arrayContaining(['shutdown hook', 'closed']),
    });
  });

  it('though the allocator hangs', async () => {
    const main = `
      const forever = () => new Promise(() => {});
      class Hanging extends tsmon.TaskNumAllocator {
        expirationSec = 1800;
        notifyTaskIsAlive = forever;
        assignTaskNumbers = forever;
        release = forever;
      }
      const app = await startJob({
        monitor: printingMonitor, allocator: new Hanging(), shutdown: { timeoutSec: 1 }, ${NO_HOUSEKEEPING}
      });
      const { outcome } = await app.get(tsmon.TsmonService).flush();
      console.log(outcome);
      await app.close();
      console.log('closed');
    `;
    expect(await runJobScript(type, main)).toEqual({
      code: 0,
      signal: null,
      lines: expect.arrayContaining(['failed', 'shutdown hook', 'closed']),
    });
  });

  it('though an allocator in memory hangs when it assigns the first number', async () => {
    const main = `
      class Hanging extends tsmon.InMemoryTaskNumAllocator {
        assignTaskNumbers() { return new Promise(() => {}); }
      }
      const app = await startJob({
        monitor: printingMonitor, allocator: new Hanging(), shutdown: { timeoutSec: 1 }, ${NO_HOUSEKEEPING}
      });
      await app.close();
      console.log('closed');
    `;
    expect(await runJobScript(type, main)).toEqual({
      code: 0,
      signal: null,
      lines: expect.arrayContaining([
        expect.stringContaining('assignment of task numbers took longer than 5 s'),
        'shutdown hook',
        'closed',
      ]),
    });
  });
});
