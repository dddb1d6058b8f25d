import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BundledScripts } from '../../support/bundled-scripts.js';
import { oneRequest } from '../../support/one-request.js';
import type { TestProcess } from '../../support/processes.js';
import { PLATFORMS } from '../../support/test-app.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const APP = 'http/server/throttled-app-process.ts';
const LATENCY_MS = 100;

const JSON_BODY = { 'content-type': 'application/json' };

/** One of each kind of answer: by a handler and by others, whole and in parts. */
const REQUESTS: readonly [number, string, Parameters<typeof oneRequest>[1]?][] = [
  [200, '/value'],
  [200, '/res'],
  [403, '/refused'],
  [404, '/nowhere'],
  [401, '/login'],
  [200, '/events'],
  [400, '/orders', { method: 'POST', headers: JSON_BODY, body: '{"malformed":' }],
];

describe('F2 on a platform that takes the CPU away with each answer', () => {
  let scripts: BundledScripts;
  let app: TestProcess | undefined;
  const waiting = new Set<ServerResponse>();
  const backend = createServer((_request, response) => {
    waiting.add(response);
    void sleep(LATENCY_MS).then(() => {
      waiting.delete(response);
      response.end('accepted');
    });
  });

  beforeAll(async () => {
    scripts = await BundledScripts.build(APP);
    await once(backend.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => app?.end('SIGKILL'));
  afterAll(async () => {
    backend.close();
    await scripts.remove();
  });

  it.each(PLATFORMS)('every flush is over by then, on %s', async PLATFORM => {
    const { port } = backend.address() as AddressInfo;
    const BACKEND = `http://127.0.0.1:${port}`;
    app = scripts.start(APP, { PLATFORM, BACKEND, METADATA_SERVER_DETECTION: 'none' });
    const [, url] = await app.prints(/listens on (\S+)/);
    for (const [i, [status, path, options]] of REQUESTS.entries()) {
      app.signal('SIGUSR2');
      await app.prints(new RegExp(`due, after ${i}\n`));
      const answer = await oneRequest(`${url}${path}`, options);
      app.freeze();
      // Nobody waits long for a process that does not run.
      waiting.forEach(response => response.destroy());
      expect([path, answer?.status]).toEqual([path, status]);
      app.resume();
    }
    app.signal('SIGUSR2');
    await app.prints(new RegExp(`due, after ${REQUESTS.length}\n`));
  });
});
