import { describe, expect, it } from 'vitest';
import { defaultTask, detectPlatform, type Platform } from '../../lib/platform/platform.js';
import { APP_ENGINE, CLOUD_RUN, metadataServer } from './environments.js';

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

  it('has unknown on Google Cloud and local elsewhere for what the platform does not tell', () => {
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
