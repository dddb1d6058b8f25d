import { describe, expect, it } from 'vitest';
import { detectPlatform, type Platform } from '../../lib/platform/platform.js';
import { APP_ENGINE, CLOUD_RUN, HOST_AND_PID, metadataServer } from './environments.js';

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
  ])('H1 App Engine, but not its headers in case of doubt: %s', async (_, env) => {
    const platform = await detectPlatform(env, metadataServer().reader);
    expect(platform.trustsAppEngineHeaders).toBe(false);
  });

  it('no platform by an empty variable', async () => {
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
