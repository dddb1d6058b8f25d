import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BundledScripts } from '../support/bundled-scripts.js';
import { MetadataServer } from '../support/metadata-server.js';
import type { TestProcess } from '../support/processes.js';

const START = 'module/start-process.ts';
const TIMEOUT_MS = 60_000;

describe('@google-cloud/datastore on Cloud Run', () => {
  let scripts: BundledScripts;
  let metadata: MetadataServer;
  let started: TestProcess | undefined;

  beforeAll(async () => {
    scripts = await BundledScripts.build(START);
    metadata = await MetadataServer.start({
      'project/project-id': 'my-shop',
      'instance/region': 'projects/1/regions/europe-west1',
    });
  }, TIMEOUT_MS);
  afterEach(() => started?.end('SIGKILL'));
  afterAll(async () => {
    await metadata.stop();
    await scripts.remove();
  });

  it.each(['express', 'fastify', 'standalone'])(
    'is loaded for the first task number after the start of a %s application, and not before',
    async APP => {
      started = scripts.start(START, {
        APP,
        K_SERVICE: 'web',
        K_REVISION: 'web-1',
        GCE_METADATA_HOST: metadata.host,
        METADATA_SERVER_DETECTION: 'assume-present',
        DATASTORE_EMULATOR_HOST: '127.0.0.1:1',
      });
      const [printed] = await started.prints(/^started, loaded: \w+$/m);
      expect(printed).toBe('started, loaded: false');
      await started.prints(/^loaded later$/m);
    },
    TIMEOUT_MS,
  );
});
