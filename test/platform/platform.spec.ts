import { hostname } from 'node:os';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MetadataReader } from '../../lib/platform/platform-metadata.js';
import { defaultTask, detectPlatform, type Platform } from '../../lib/platform/platform.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

const HOST_AND_PID = `${hostname()}-${process.pid}`;
const METADATA: Record<string, unknown> = {
  'project/project-id': 'my-shop',
  'instance/id': '00bf4bf02d51',
  'instance/region': 'projects/123456789/regions/europe-west1',
  'instance/zone': 'projects/123456789/zones/europe-west3-b',
};

function metadataServer(values: Record<string, unknown> = METADATA) {
  const asked: string[] = [];
  const reader: MetadataReader = {
    async read(path) {
      asked.push(path);
      if (!(path in values)) {
        throw new Error('404 Not Found');
      }
      return values[path];
    },
  };
  return { asked, reader };
}

const APP_ENGINE = {
  GAE_SERVICE: 'checkout',
  GAE_VERSION: '20260102t030405',
  GAE_INSTANCE: '00c61b117c',
  GOOGLE_CLOUD_PROJECT: 'my-shop',
};
const CLOUD_RUN = {
  K_SERVICE: 'checkout',
  K_REVISION: 'checkout-00042-abc',
  K_CONFIGURATION: 'checkout',
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('detectPlatform recognises', () => {
  it.each<[string, NodeJS.ProcessEnv, Partial<Platform>]>([
    [
      'App Engine standard, the only one whose headers are to be trusted',
      { ...APP_ENGINE, GAE_ENV: 'standard' },
      {
        name: 'app-engine-standard',
        onGoogleCloud: true,
        throttlesCpu: true,
        trustsAppEngineHeaders: true,
        projectId: 'my-shop',
        service: 'checkout',
        version: '20260102t030405',
        instanceId: '00c61b117c',
        region: 'europe-west1',
      },
    ],
    [
      'App Engine flexible',
      { ...APP_ENGINE, GAE_ENV: 'flex' },
      {
        name: 'app-engine-flexible',
        onGoogleCloud: true,
        throttlesCpu: false,
        trustsAppEngineHeaders: false,
        service: 'checkout',
        instanceId: '00c61b117c',
        region: 'europe-west3',
      },
    ],
    [
      'Cloud Run',
      CLOUD_RUN,
      {
        name: 'cloud-run',
        onGoogleCloud: true,
        throttlesCpu: true,
        trustsAppEngineHeaders: false,
        projectId: 'my-shop',
        service: 'checkout',
        version: 'checkout-00042-abc',
        instanceId: '00bf4bf02d51',
        region: 'europe-west1',
      },
    ],
    [
      'Cloud Functions, also where variables of Cloud Run are set',
      { ...CLOUD_RUN, FUNCTION_TARGET: 'onOrder' },
      {
        name: 'cloud-functions',
        throttlesCpu: true,
        trustsAppEngineHeaders: false,
        service: 'checkout',
        version: 'checkout-00042-abc',
        instanceId: '00bf4bf02d51',
      },
    ],
    [
      'old Cloud Functions',
      { FUNCTION_NAME: 'onOrder', GCLOUD_PROJECT: 'old-shop' },
      { name: 'cloud-functions', throttlesCpu: true, service: 'onOrder', projectId: 'old-shop' },
    ],
    [
      'a Cloud Run job, whose executions make no streams of their own',
      { CLOUD_RUN_JOB: 'report', CLOUD_RUN_EXECUTION: 'report-abc12', CLOUD_RUN_TASK_INDEX: '3' },
      {
        name: 'cloud-run-job',
        onGoogleCloud: true,
        throttlesCpu: false,
        service: 'report',
        version: '',
        instanceId: '00bf4bf02d51',
      },
    ],
    [
      'a worker pool of Cloud Run, which has CPU all the time',
      { CLOUD_RUN_WORKER_POOL: 'mailer', CLOUD_RUN_REVISION: 'mailer-00007-xyz' },
      {
        name: 'cloud-run-worker-pool',
        onGoogleCloud: true,
        throttlesCpu: false,
        trustsAppEngineHeaders: false,
        service: 'mailer',
        version: 'mailer-00007-xyz',
        instanceId: '00bf4bf02d51',
        projectId: 'my-shop',
        region: 'europe-west1',
      },
    ],
    [
      'Kubernetes that says that it is one of Google',
      {
        KUBERNETES_SERVICE_HOST: '10.0.0.1',
        HOSTNAME: 'checkout-5d4f-x2x',
        METADATA_SERVER_DETECTION: 'assume-present',
      },
      {
        name: 'kubernetes',
        onGoogleCloud: true,
        throttlesCpu: false,
        instanceId: 'checkout-5d4f-x2x',
        projectId: 'my-shop',
        region: 'europe-west3',
      },
    ],
    [
      'Compute Engine that says so',
      { METADATA_SERVER_DETECTION: 'Assume-Present', npm_package_name: 'checkout' },
      {
        name: 'compute-engine',
        onGoogleCloud: true,
        throttlesCpu: false,
        service: 'checkout',
        instanceId: '00bf4bf02d51',
        region: 'europe-west3',
      },
    ],
  ])('%s', async (_, env, expected) => {
    expect(await detectPlatform(env, metadataServer().reader)).toMatchObject(expected);
  });

  it('a laptop, and asks no metadata server there', async () => {
    const { asked, reader } = metadataServer();
    expect(await detectPlatform({ HOME: '/home/me', PATH: '/bin' }, reader)).toEqual({
      name: 'other',
      onGoogleCloud: false,
      throttlesCpu: false,
      trustsAppEngineHeaders: false,
      projectId: undefined,
      service: 'app',
      version: '',
      instanceId: HOST_AND_PID,
      region: undefined,
    });
    expect(asked).toEqual([]);
  });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    [
      'Knative on a cluster of one’s own',
      { ...CLOUD_RUN, KUBERNETES_SERVICE_HOST: '10.0.0.1' },
      'kubernetes',
    ],
    [
      'the Functions emulator',
      { ...CLOUD_RUN, FUNCTION_TARGET: 'f', FUNCTIONS_EMULATOR: 'true' },
      'other',
    ],
    ['the Functions framework on a laptop', { FUNCTION_TARGET: 'f' }, 'other'],
    ['a laptop with a project', { GOOGLE_CLOUD_PROJECT: 'my-shop' }, 'other'],
    ['a laptop with an emulated metadata server', { GCE_METADATA_HOST: 'localhost:1' }, 'other'],
  ])('%s, and asks no metadata server there', async (_, env, name) => {
    const { asked, reader } = metadataServer();
    const platform = await detectPlatform(env, reader);
    expect(platform).toMatchObject({ name, onGoogleCloud: false, throttlesCpu: false });
    expect(asked).toEqual([]);
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['Cloud Run', { ...CLOUD_RUN, ...APP_ENGINE, GAE_ENV: 'standard' }],
    ['Functions', { ...APP_ENGINE, GAE_ENV: 'standard', FUNCTION_NAME: 'f' }],
    ['Kubernetes', { GAE_ENV: 'standard', KUBERNETES_SERVICE_HOST: '10.0.0.1' }],
    ['flexible', { ...APP_ENGINE, GAE_ENV: 'Standard' }],
    ['nothing', { GAE_ENV: '' }],
  ])('H1 App Engine’s headers are not trusted where in doubt: %s', async (_, env) => {
    const platform = await detectPlatform(env, metadataServer().reader);
    expect(platform.trustsAppEngineHeaders).toBe(false);
  });

  it('nothing by an empty variable', async () => {
    const env = { K_CONFIGURATION: '', GAE_SERVICE: ' ', CLOUD_RUN_JOB: '', npm_package_name: '' };
    expect(await detectPlatform(env, metadataServer().reader)).toMatchObject({
      name: 'other',
      service: 'app',
    });
  });

  it('the project of App Engine by its application id', async () => {
    const { GOOGLE_CLOUD_PROJECT: _, ...env } = APP_ENGINE;
    const { asked, reader } = metadataServer();
    const platform = await detectPlatform(
      { ...env, GAE_ENV: 'standard', GAE_APPLICATION: 'e~my-shop' },
      reader,
    );
    expect(platform.projectId).toBe('my-shop');
    expect(asked).toEqual(['instance/region']);
  });
});

describe('the metadata server', () => {
  it('is asked only for what the environment does not tell', async () => {
    const { asked, reader } = metadataServer();
    await detectPlatform({ ...APP_ENGINE, GAE_ENV: 'standard' }, reader);
    expect(asked).toEqual(['instance/region']);
    asked.length = 0;
    await detectPlatform(CLOUD_RUN, reader);
    expect(asked.toSorted()).toEqual(['instance/id', 'instance/region', 'project/project-id']);
  });

  it('is not asked where METADATA_SERVER_DETECTION=none', async () => {
    const { asked, reader } = metadataServer();
    const env = { ...CLOUD_RUN, METADATA_SERVER_DETECTION: 'none' };
    expect(await detectPlatform(env, reader)).toMatchObject({
      name: 'cloud-run',
      instanceId: HOST_AND_PID,
    });
    expect(asked).toEqual([]);
  });

  it('may give a large number as an instance id', async () => {
    const id = { toString: () => '7312345678901234567' };
    const { reader } = metadataServer({ ...METADATA, 'instance/id': id });
    expect((await detectPlatform(CLOUD_RUN, reader)).instanceId).toBe('7312345678901234567');
  });

  it.each([
    ['projects/1/regions/us-central1', 'us-central1'],
    ['us-central1', 'us-central1'],
    ['projects/1/regions/northamerica-northeast1', 'northamerica-northeast1'],
  ])('tells the region as %s', async (value, region) => {
    const { reader } = metadataServer({ ...METADATA, 'instance/region': value });
    expect((await detectPlatform(CLOUD_RUN, reader)).region).toBe(region);
  });

  it.each([
    '<html><body>Login to the hotel</body></html>',
    '',
    'projects/1/regions/',
    null,
    undefined,
    {},
    'a|b',
    'x'.repeat(10_000),
  ])('that answers garbage is not believed, with one warning: %j', async value => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const garbage = Object.fromEntries(Object.keys(METADATA).map(path => [path, value]));
    const platform = await detectPlatform(CLOUD_RUN, metadataServer(garbage).reader);
    expect(platform).toMatchObject({
      name: 'cloud-run',
      service: 'checkout',
      projectId: undefined,
      instanceId: HOST_AND_PID,
      region: undefined,
    });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(String(warn.mock.calls[0]![0]).length).toBeLessThan(800);
  });

  it('that knows a part only is believed for that, with a warning that names the rest', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { reader } = metadataServer({ 'instance/region': METADATA['instance/region'] });
    const platform = await detectPlatform(CLOUD_RUN, reader);
    expect(platform).toMatchObject({ region: 'europe-west1', instanceId: HOST_AND_PID });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('instance/id: 404 Not Found'));
    expect(warn).toHaveBeenCalledWith(expect.not.stringContaining('instance/region'));
  });

  it('that never answers is given up after 2 s, and what it said before is kept', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const clock = new ManualClock();
    const reader: MetadataReader = {
      read: path =>
        path === 'instance/region'
          ? Promise.resolve(METADATA[path])
          : new Promise<never>(() => undefined),
    };
    let platform: Platform | undefined;
    const detecting = detectPlatform(CLOUD_RUN, reader, clock).then(found => (platform = found));
    clock.advance(1999);
    await new Promise(resolve => setImmediate(resolve));
    expect(platform).toBeUndefined();
    clock.advance(1);
    await detecting;
    expect(platform).toMatchObject({ region: 'europe-west1', instanceId: HOST_AND_PID });
  });
});

describe('defaultTask', () => {
  const platform: Platform = {
    name: 'cloud-run',
    onGoogleCloud: true,
    throttlesCpu: true,
    trustsAppEngineHeaders: false,
    projectId: 'my-shop',
    service: 'checkout',
    version: 'checkout-00042-abc',
    instanceId: 'i',
    region: 'europe-west1',
  };

  it('is that of luci-go: project, service, region, version, and no instance id', () => {
    expect(defaultTask(platform).labels()).toEqual({
      service_name: 'my-shop',
      job_name: 'checkout',
      data_center: 'europe-west1',
      host_name: 'checkout-00042-abc',
      task_num: 0,
    });
  });

  it('says unknown on Google Cloud and local elsewhere where the platform is silent', () => {
    const silent = { ...platform, projectId: undefined, region: undefined, version: '' };
    expect(defaultTask(silent).group).toBe('unknown|unknown|checkout|');
    expect(defaultTask({ ...silent, onGoogleCloud: false }).group).toBe('local|local|checkout|');
  });

  it('is always valid, whatever the environment says', async () => {
    const env = Object.fromEntries(
      Object.keys({ ...CLOUD_RUN, ...APP_ENGINE }).map(name => [name, 'a|b|c']),
    );
    const detected = await detectPlatform(env, metadataServer().reader);
    expect(defaultTask(detected).group).toBe('europe-west1|a_b_c|a_b_c|a_b_c');
  });
});
