import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { detectPlatform } from '../../lib/platform/platform.js';

const CLOUD_RUN = { K_SERVICE: 'checkout', K_REVISION: 'r1', K_CONFIGURATION: 'checkout' };
const VALUES: Record<string, string> = {
  '/computeMetadata/v1/project/project-id': 'my-shop',
  '/computeMetadata/v1/instance/id': '7312345678901234567',
  '/computeMetadata/v1/instance/region': 'projects/123/regions/europe-west1',
};

let server: Server | undefined;

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  await new Promise<void>(resolve => server!.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${(server.address() as AddressInfo).port}`);
}

beforeEach(() => {
  vi.stubEnv('GCE_METADATA_IP', undefined);
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  server?.closeAllConnections();
  await new Promise(resolve => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

const unread = {
  name: 'cloud-run',
  service: 'checkout',
  version: 'r1',
  projectId: undefined,
  instanceId: `${hostname()}-${process.pid}`,
  region: undefined,
};

describe('a real metadata server', () => {
  it('is read, with all digits of large instance ids', async () => {
    const flavors: unknown[] = [];
    await serve((request, response) => {
      flavors.push(request.headers['metadata-flavor']);
      response.setHeader('Metadata-Flavor', 'Google').end(VALUES[request.url!]);
    });
    expect(await detectPlatform(CLOUD_RUN)).toMatchObject({
      projectId: 'my-shop',
      instanceId: '7312345678901234567',
      region: 'europe-west1',
    });
    expect(flavors).toEqual(['Google', 'Google', 'Google']);
    expect(Logger.prototype.warn).not.toHaveBeenCalled();
  });

  it('that answers 404 costs nothing but a warning', async () => {
    await serve((_, response) => {
      response.writeHead(404, { 'Metadata-Flavor': 'Google' }).end('not found');
    });
    expect(await detectPlatform(CLOUD_RUN)).toMatchObject(unread);
    expect(Logger.prototype.warn).toHaveBeenCalledTimes(1);
  });

  it("that is not Google's is ignored", async () => {
    await serve((request, response) => void response.end(VALUES[request.url!]));
    expect(await detectPlatform(CLOUD_RUN)).toMatchObject(unread);
    expect(Logger.prototype.warn).toHaveBeenCalledTimes(1);
  });

  it('that answers garbage is ignored', async () => {
    await serve((_, response) => {
      response.setHeader('Metadata-Flavor', 'Google').end('<html>{"a": 1</html>');
    });
    expect(await detectPlatform(CLOUD_RUN)).toMatchObject(unread);
    expect(Logger.prototype.warn).toHaveBeenCalledTimes(1);
  });

  it('that never answers is given up', async () => {
    let asked = 0;
    await serve(() => void (asked += 1));
    const platform = await detectPlatform(CLOUD_RUN, undefined, undefined, 100);
    expect(platform).toMatchObject(unread);
    expect(Logger.prototype.warn).toHaveBeenCalledWith(
      expect.stringContaining('Reading the metadata server took longer than 0.1 s'),
    );
    expect(asked).toBeLessThanOrEqual(3);
  });

  it('is not asked off Google Cloud', async () => {
    let asked = 0;
    await serve((_, response) => {
      asked += 1;
      response.end();
    });
    expect(await detectPlatform({})).toMatchObject({ name: 'other', onGoogleCloud: false });
    expect(asked).toBe(0);
  });
});
