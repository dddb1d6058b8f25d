import { createServer, type AddressInfo, type Server } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withoutLookupWarning } from '../../lib/google/quiet-lookup.js';
import { GoogleAccess } from '../../lib/monitors/cloud-monitoring/google-access.js';

const TYPE = 'MetadataLookupWarning';

let emitted: unknown[][];
let original: typeof process.emitWarning;

beforeEach(() => {
  emitted = [];
  original = process.emitWarning;
  process.emitWarning = ((...warning: unknown[]) =>
    void emitted.push(warning)) as typeof process.emitWarning;
});
afterEach(() => {
  process.emitWarning = original;
  vi.unstubAllEnvs();
});

/** Emits it later, as gcp-metadata does when its request has failed. */
async function warnLater(text: string, type = TYPE): Promise<void> {
  await new Promise(resolve => setImmediate(resolve));
  process.emitWarning(text, type);
}

describe('withoutLookupWarning()', () => {
  it('hides the warning of its own lookup, which fails or succeeds as ever', async () => {
    await expect(withoutLookupWarning(() => warnLater('ours').then(() => 5))).resolves.toBe(5);
    const failing = withoutLookupWarning(async () => {
      await warnLater('ours');
      throw new Error('no credentials');
    });
    await expect(failing).rejects.toThrow('no credentials');
    expect(emitted).toEqual([]);
  });

  it('lets warnings of other lookups pass meanwhile, and other warnings of its own', async () => {
    await Promise.all([
      withoutLookupWarning(() => warnLater('ours')),
      withoutLookupWarning(() => warnLater('old', 'DeprecationWarning')),
      warnLater('of the application'),
    ]);
    expect(emitted).toEqual(
      expect.arrayContaining([
        ['old', 'DeprecationWarning'],
        ['of the application', TYPE],
      ]),
    );
    expect(emitted).toHaveLength(2);
  });

  it('leaves process.emitWarning as it was, or as another library has set it meanwhile', async () => {
    const before = process.emitWarning;
    await Promise.all([1, 2].map(() => withoutLookupWarning(() => warnLater('ours'))));
    expect(process.emitWarning).toBe(before);
    const theirs = vi.fn<() => void>() as unknown as typeof process.emitWarning;
    await withoutLookupWarning(async () => {
      process.emitWarning = theirs;
    });
    expect(process.emitWarning).toBe(theirs);
  });

  it('calls a wrapper that another library has put around process.emitWarning, without recursion', async () => {
    const before = process.emitWarning;
    try {
      await withoutLookupWarning(async () => {
        const ours = process.emitWarning;
        process.emitWarning = ((...warning: Parameters<typeof ours>) =>
          Reflect.apply(ours, process, warning)) as typeof ours;
      });
      await withoutLookupWarning(() => warnLater('old', 'DeprecationWarning'));
      expect(emitted).toEqual([['old', 'DeprecationWarning']]);
    } finally {
      process.emitWarning = before;
    }
  });
});

describe('a lookup of the credentials of Cloud Monitoring', () => {
  let server: Server;
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'no-credentials-'));
    // Unexpected in a way that gcp-metadata warns of. It does not try again.
    server = createServer(socket => socket.destroy());
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('HOME', home);
    vi.stubEnv('PATH', '');
    for (const name of ['GOOGLE_APPLICATION_CREDENTIALS', 'METADATA_SERVER_DETECTION']) {
      vi.stubEnv(name, undefined);
    }
    for (const name of ['GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT', 'CLOUDSDK_CONFIG']) {
      vi.stubEnv(name, undefined);
    }
  });
  afterEach(async () => {
    await new Promise(resolve => server.close(resolve));
    await rm(home, { recursive: true });
  });

  it(
    'says in its error what is missing, and shows no raw warning of gcp-metadata',
    { timeout: 20_000 },
    async () => {
      const access = new GoogleAccess({
        projectId: undefined,
        credentials: undefined,
        auth: undefined,
      });
      await expect(access.headers('https://monitoring.googleapis.com')).rejects.toThrow(
        'could not authorize a request',
      );
      expect(emitted).toEqual([]);
    },
  );
});
