import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeOnEmulators } from '../../task-numbers/datastore/emulated-datastore.js';
import { run } from '../run.js';

afterEach(() => vi.unstubAllEnvs());

describe('nestjs-tsmon doctor', () => {
  it('is misused by --live on an emulator', async () => {
    vi.stubEnv('DATASTORE_EMULATOR_HOST', '127.0.0.1:1');
    const { code, err } = await run('doctor', '--live');
    expect(code).toBe(2);
    expect(err).toBe(
      '--live checks real Google Cloud, but DATASTORE_EMULATOR_HOST is set. Unset it, or leave --live out. See: nestjs-tsmon doctor --help\n',
    );
  });

  it('is misused by a --url with a path, which it would not ask', async () => {
    const { code, err } = await run('doctor', '--url', 'https://shop.example/api');
    expect(code).toBe(2);
    expect(err).toMatch(
      /^--url must have no path, since the routes of the library have no prefix; /,
    );
  });

  it('is misused by a --url without a scheme', async () => {
    const { code, err } = await run('doctor', '--url', 'shop.example');
    expect(code).toBe(2);
    expect(err).toMatch(/^--url must be an address like "https:\/\/shop\.example", got /);
  });
});

describeOnEmulators(
  'nestjs-tsmon doctor',
  datastore => {
    it('says that it talks to the emulator, and ends with 1 when a check failed', async () => {
      vi.stubEnv('DATASTORE_EMULATOR_HOST', datastore.host);
      const { code, out, err } = await run('doctor', '--project', 'a-new-project');
      expect([code, err]).toEqual([1, '']);
      expect(out).toMatch(
        /looks at project a-new-project, database \(default\), on the emulator at 127\.0\.0\.1:\d+, which is not Google Cloud\.\n/,
      );
      expect(out).toMatch(/^ok {7}datastore {11}Datastore answers/m);
      expect(out).toMatch(/^failed {3}housekeeping {8}Housekeeping has never finished/m);
      expect(out).toMatch(/^ {9}to mend it: .*gcloud app deploy cron\.yaml/m);
    });

    it('prints one object as JSON', async () => {
      vi.stubEnv('DATASTORE_EMULATOR_HOST', datastore.host);
      const { code, out } = await run('doctor', '--json', '--project=p', '--database=numbers');
      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({
        ok: false,
        projectId: 'p',
        databaseId: 'numbers',
        emulatorHost: datastore.host,
        findings: expect.arrayContaining([
          expect.objectContaining({ check: 'cloud-monitoring', status: 'skipped' }),
        ]) as unknown[],
      });
    });
  },
  ['datastore'],
);
