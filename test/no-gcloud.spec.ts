import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Registry } from '../lib/metrics/registry.js';
import { authorizationHeaders } from '../lib/google/authorization.js';
import { defaultCredentials } from '../lib/monitors/prodx/prodx-credentials.js';
import type { Platform } from '../lib/platform/platform.js';
import { Task } from '../lib/targets/task.js';
import type { DatastoreTaskNumAllocator } from '../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { FakeMonitor } from '../lib/testing/fake-monitor.js';
import { systemClock } from '../lib/clock/clock.js';
import { ManualClock } from '../lib/testing/manual-clock.js';
import type { DatastoreClientOptions } from '../lib/options/tsmon-options.js';
import { lazyDatastoreClient } from '../lib/module/datastore-client.js';
import { chooseMonitors } from '../lib/module/monitor-choice.js';
import { compose } from '../lib/module/composition.js';
import { at, cell, hits } from './monitors/cloud-monitoring/cells.js';
import { FakeCloudMonitoring } from './monitors/cloud-monitoring/fake-cloud-monitoring.js';
import { MetadataServer } from './support/metadata-server.js';

const PLATFORM: Platform = {
  name: 'cloud-run',
  onGoogleCloud: true,
  throttlesCpu: true,
  trustsAppEngineHeaders: false,
  projectId: 'my-shop',
  region: 'europe-west1',
  service: 'web',
  version: 'v1',
  instanceId: 'i',
};
const TASK = new Task({ serviceName: 'my-shop', jobName: 'web' });

/** A folder with a program `gcloud` that leaves a file behind when it is run, and no credentials. */
let home: string;
let metadata: MetadataServer;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'no-gcloud-'));
  const script = `#!/bin/sh\ntouch '${join(home, 'gcloud-was-run')}'\necho '{}'\n`;
  await writeFile(join(home, 'gcloud'), script, { mode: 0o755 });
  metadata = await MetadataServer.start({
    instance: '',
    'instance/service-accounts/default/token':
      '{"access_token":"of-the-metadata-server","expires_in":3600,"token_type":"Bearer"}',
  });
  vi.stubEnv('PATH', `${home}${delimiter}${process.env.PATH}`);
  vi.stubEnv('HOME', home);
  for (const name of [
    'GOOGLE_CLOUD_PROJECT',
    'GCLOUD_PROJECT',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'DATASTORE_EMULATOR_HOST',
    'DATASTORE_PROJECT_ID',
  ]) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
  vi.stubEnv('GCE_METADATA_HOST', metadata.host);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await metadata.stop();
  await rm(home, { recursive: true });
});

const gcloudWasRun = (): boolean => existsSync(join(home, 'gcloud-was-run'));

describe('where the project is known, no gcloud is run', () => {
  it('by Cloud Monitoring, for the headers of its requests', async () => {
    const server = await new FakeCloudMonitoring().start();
    const given = [{ cloudMonitoring: { endpoint: server.endpoint } }];
    const { monitors } = await chooseMonitors(given, PLATFORM, 1800, systemClock);
    const [monitor] = monitors;
    try {
      const { signal } = new AbortController();
      expect(await monitor.send([cell(hits, 1)], at(1), signal)).toEqual({ rejected: [] });
      expect(server.requests[0]?.headers.authorization).toBe('Bearer of-the-metadata-server');
      expect(gcloudWasRun()).toBe(false);
    } finally {
      await monitor.close();
      await server.stop();
    }
  });

  it('by Datastore, whose client is told the project of the platform', async () => {
    const allocator = await allocatorOf(PLATFORM, { apiEndpoint: 'localhost:1' });
    await expect(allocator.notifyTaskIsAlive(TASK, 'i')).rejects.toThrow(/Datastore failed/);
    expect(gcloudWasRun()).toBe(false);
  });

  it('by ProdX, which needs no project at all', async () => {
    const credentials = await defaultCredentials();
    expect(await authorizationHeaders(credentials, 'https://prodx.example')).toMatchObject({
      authorization: 'Bearer of-the-metadata-server',
    });
    expect(gcloudWasRun()).toBe(false);
  });
});

it('gcloud would be noticed: it is run where the project is not known', async () => {
  const allocator = await allocatorOf(
    { ...PLATFORM, projectId: undefined },
    { apiEndpoint: 'localhost:1' },
  );
  await expect(allocator.notifyTaskIsAlive(TASK, 'i')).rejects.toThrow(/Datastore failed/);
  expect(gcloudWasRun()).toBe(true);
});

describe('the project of Datastore', () => {
  it.each<[string, Record<string, string>, DatastoreClientOptions, unknown]>([
    ['that of the platform', {}, {}, 'my-shop'],
    ['that of the options', {}, { projectId: 'archive' }, 'archive'],
    ['that of DATASTORE_PROJECT_ID', { DATASTORE_PROJECT_ID: 'archive' }, {}, 'archive'],
    ['that of a key file', {}, { keyFilename: '/key.json' }, undefined],
    [
      'that of the file of the credentials',
      { GOOGLE_APPLICATION_CREDENTIALS: '/key.json' },
      {},
      undefined,
    ],
    ['that of the platform where the option is undefined', {}, { projectId: undefined }, 'my-shop'],
  ])('is %s', async (_, env, options, projectId) => {
    for (const [name, value] of Object.entries(env)) {
      vi.stubEnv(name, value);
    }
    const load = await lazyDatastoreClient(options, PLATFORM.projectId);
    expect(await load()).toHaveProperty('options.projectId', projectId);
  });
});

async function allocatorOf(
  platform: Platform,
  datastore: DatastoreClientOptions,
): Promise<DatastoreTaskNumAllocator> {
  const options = { registry: new Registry(), monitor: new FakeMonitor(), datastore };
  const { chosenAllocator: chosen } = await compose(options, platform, new ManualClock());
  return chosen.allocator as DatastoreTaskNumAllocator;
}
