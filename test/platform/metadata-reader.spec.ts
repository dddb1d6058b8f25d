import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MetadataReader } from '../../lib/platform/platform-metadata.js';
import { detectPlatform, type Platform } from '../../lib/platform/platform.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { APP_ENGINE, CLOUD_RUN, HOST_AND_PID, METADATA, metadataServer } from './environments.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the metadata server', () => {
  it('is asked only for values that the environment lacks', async () => {
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
  ])('that answers garbage is ignored, with one warning: %j', async value => {
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

  it('that knows only some values gives these, with a warning that names the others', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { reader } = metadataServer({ 'instance/region': METADATA['instance/region'] });
    const platform = await detectPlatform(CLOUD_RUN, reader);
    expect(platform).toMatchObject({ region: 'europe-west1', instanceId: HOST_AND_PID });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('instance/id: 404 Not Found'));
    expect(warn).toHaveBeenCalledWith(expect.not.stringContaining('instance/region'));
  });

  it('that never answers is given up after 2 s, and its earlier answers are kept', async () => {
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
