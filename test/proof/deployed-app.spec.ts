import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HOUSEKEEPING_PATH } from '../../lib/housekeeping/housekeeping.controller.js';
import { VARIABLES, yamlFile, type AppYaml, type SchedulerFlags } from '../deploy/deploy-files.js';
import { FakeGoogle } from '../routes/fake-google.js';
import type { SentCell } from '../support/apps.js';
import { copyAllowed, dryBuild, type DryImage } from '../support/dry-build.js';
import { emulatorsAvailable, startEmulator, type Emulator } from '../support/emulators.js';
import { MetadataServer } from '../support/metadata-server.js';
import { TestProcess, until } from '../support/processes.js';
import {
  LAMP,
  type Place,
  ENVIRONMENTS,
  TARGETS,
  OTHER_CERTIFICATES,
  PROJECT_ID,
  REGION,
} from './deployed-places.js';

const ASSEMBLE = fileURLToPath(new URL('../../sample-app/deploy/assemble.mjs', import.meta.url));

interface Assembled {
  readonly workdir: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

let folder: string;
let image: DryImage;
const places = {} as Record<Place, Assembled>;
let metadata: MetadataServer;
let google: FakeGoogle;
const running: TestProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nestjs-tsmon-deployed-'));
  metadata = await MetadataServer.start({
    'project/project-id': PROJECT_ID,
    'instance/id': '00bf4bf02d51b5a8e7c9',
    'instance/region': `projects/${VARIABLES.PROJECT_NUMBER}/regions/${REGION}`,
  });
  google = await FakeGoogle.start();
  const [forCloudRun, forAppEngine] = await Promise.all([
    assembled('cloud-run'),
    assembled('app-engine'),
  ]);
  image = dryBuild(forCloudRun, mkdtempSync(join(folder, 'dry-')));
  places['cloud-run'] = image;
  places['app-engine'] = asAppEngineBuilds(forAppEngine);
  for (const { workdir } of Object.values(places)) {
    writeFileSync(join(workdir, 'other-certificates.mjs'), OTHER_CERTIFICATES);
  }
}, 600_000);

afterEach(async () => {
  await Promise.all(running.splice(0).map(child => child.end('SIGKILL')));
});

afterAll(async () => {
  await Promise.all([metadata?.stop(), google?.stop()]);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('the assembled app', () => {
  it('has only the files of the repository that it runs', () => {
    const packages = readdirSync(join(image.workdir, 'node_modules'));
    expect(packages).toEqual(expect.arrayContaining(['@google-cloud', 'nestjs-tsmon']));
    const toBuildWith = new Set(['typescript', 'vitest', 'rolldown', 'prettier', 'oxlint']);
    expect(packages.filter(name => toBuildWith.has(name))).toEqual([]);
    expect(readdirSync(image.workdir).toSorted()).toEqual([
      'dist',
      'node_modules',
      'other-certificates.mjs',
      'package.json',
    ]);
  });

  it('is an image of a pinned Node, whose user is not root, and whose command is Node itself', () => {
    expect([image.base, image.user, image.command[0]]).toEqual(['node:24-slim', 'node', 'node']);
    expect(image.env).toEqual({ NODE_ENV: 'production' });
  });

  it.each([
    [['app-engine'], {}, 'Usage: node sample-app/deploy/assemble.mjs'],
    [['flexible', 'x'], VARIABLES, 'Usage: node sample-app/deploy/assemble.mjs'],
    [['cloud-run', 'x'], { ...VARIABLES, TAG: '' }, 'The environment variable TAG is missing'],
    [
      ['cloud-run', '.'],
      VARIABLES,
      'has something else in it. Name a folder that is new or empty.',
    ],
  ])('cannot be built with %j and %j', async (args, env, message) => {
    const child = new TestProcess(process.execPath, [ASSEMBLE, ...args], env, folder);
    expect(await child.ended()).toEqual({ code: 1, signal: null });
    expect(child.output).toContain(message);
    expect(
      readdirSync(folder).filter(name => ['x', 'dist', 'package.json'].includes(name)),
    ).toEqual([]);
  });
});

describe.each<Place>(['app-engine', 'cloud-run'])('the app as it runs on %s', place => {
  it('serves, and keeps strangers from housekeeping', async () => {
    const { url } = await start(place);
    expect(await (await fetch(`${url}/items/lamp`)).json()).toEqual(LAMP);
    for (const authorization of ['', 'Bearer a.b.c']) {
      const response = await fetch(url + HOUSEKEEPING_PATH, { headers: { authorization } });
      expect(response.status).toBe(403);
      expect(await response.json()).toEqual({
        error: 'Only the cron of this service may run housekeeping.',
      });
    }
    expect((await fetch(`${url}/internal/tsmon`)).status).toBe(404);
  });

  it('detects its platform, and sends to Cloud Monitoring once it has a number', async () => {
    const { child } = await start(place);
    const { service_name, job_name, data_center, host_name } = TARGETS[place];
    const group = [data_center, service_name, job_name, host_name].join('|');
    const name = place === 'app-engine' ? 'app-engine-standard' : 'cloud-run';
    expect(child.output).toContain(
      `Metrics of ${group} are sent to CloudMonitoringMonitor (on ${name}); every 60 s, flush mode request (platform ${name}); task numbers from DatastoreTaskNumAllocator `,
    );
    expect(child.output).not.toContain('Could not read all metadata');
  });

  it('F6 has ended when Cloud Run would end it, 10 s after SIGTERM, though no backend answers', async () => {
    const { url, child } = await start(place);
    await fetch(`${url}/items`);
    const signalledAt = Date.now();
    expect(await child.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(Date.now() - signalledAt).toBeLessThan(10_000);
  });

  describe.skipIf(!emulatorsAvailable)('with Datastore', () => {
    let datastore: Emulator;
    beforeAll(async () => {
      datastore = await startEmulator('firestore');
    }, 60_000);
    afterAll(() => datastore?.stop());

    it('gets its number when its cron calls, and reports under its own identity', async () => {
      const log = join(folder, `${place}.jsonl`);
      const { url } = await start(place, {
        DATASTORE_EMULATOR_HOST: datastore.host,
        // A timer gets CPU here, and could be first.
        TSMON_CRON: 'off',
        TSMON_FLUSH_INTERVAL_SEC: '1',
        TSMON_LOG_FILE: log,
        TSMON_LOG_FORMAT: 'json',
      });
      for (const headers of strangersTo(place)) {
        expect((await fetch(url + HOUSEKEEPING_PATH, { headers })).status).toBe(403);
      }
      await until('the cron has given it a number', async () => {
        const response = await fetch(url + HOUSEKEEPING_PATH, { headers: cronOf(place) });
        expect(response.status).toBe(200);
        return ((await response.json()) as { assigned: number }).assigned === 1;
      });
      const served = await until('it has sent that it served', async () => {
        expect((await fetch(`${url}/items/lamp`)).status).toBe(200);
        return cellsIn(log).find(({ fields }) => fields.name === '/items/:name');
      });
      expect(served).toMatchObject({ target: { ...TARGETS[place], task_num: 0 } });
      const stock = await until('housekeeping has sent the stock', async () => {
        await fetch(url + HOUSEKEEPING_PATH, { headers: cronOf(place) });
        return cellsIn(log).find(({ fields }) => fields.item === LAMP.name);
      });
      expect(stock).toMatchObject({
        metric: 'shop/items_in_stock',
        value: LAMP.inStock,
        target: { ...TARGETS[place], host_name: '', task_num: 0 },
      });
    });
  });
});

/** As the README says. */
async function assembled(place: Place): Promise<string> {
  const target = join(folder, `upload-${place}`);
  const child = new TestProcess(process.execPath, [ASSEMBLE, place, target], VARIABLES);
  expect([await child.ended(), child.output]).toEqual([
    { code: 0, signal: null },
    expect.stringContaining(`${target} is ready for ${place}.`),
  ]);
  return target;
}

/** What it does with nodejs: no development dependencies, no script of ours, then the entry point. */
function asAppEngineBuilds(upload: string): Assembled {
  const workdir = join(folder, 'app-engine');
  copyAllowed(upload, '.gcloudignore', workdir);
  const { PATH = '', HOME = '' } = process.env;
  execFileSync('npm', ['ci', '--quiet'], {
    cwd: workdir,
    env: { PATH, HOME, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { scripts } = JSON.parse(readFileSync(join(workdir, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const { entrypoint } = yamlFile<AppYaml>('app-engine/app.yaml');
  expect(scripts).toEqual({ start: entrypoint });
  return { workdir, command: entrypoint.split(' '), env: {} };
}

/** The environment of the platform, without any backend that answers but what `env` names. */
async function start(place: Place, env: Record<string, string> = {}) {
  const { workdir, command, env: ofImage } = places[place];
  const child = new TestProcess(
    process.execPath,
    ['--import', './other-certificates.mjs', ...command.slice(1)],
    {
      ...ofImage,
      ...ENVIRONMENTS[place],
      PORT: '0',
      GCE_METADATA_HOST: metadata.host,
      // Nobody listens there.
      DATASTORE_EMULATOR_HOST: '127.0.0.1:9',
      FAKE_CERTIFICATES: google.url,
      ...env,
    },
    workdir,
  );
  running.push(child);
  const [, port] = await child.prints(/open at http:\/\/[^\s/]+:(\d+)\//);
  return { child, url: `http://127.0.0.1:${port}` };
}

/** What the platform's cron sends. */
function cronOf(place: Place): Record<string, string> {
  if (place === 'app-engine') {
    return { 'X-Appengine-Cron': 'true' };
  }
  return { authorization: `Bearer ${google.token({ claims: claimsOfJob() })}` };
}

function claimsOfJob(): { aud: string | undefined; email: string | undefined } {
  const job = yamlFile<SchedulerFlags>('cloud-run/housekeeping-job.yaml');
  return { aud: job['--oidc-token-audience'], email: job['--oidc-service-account-email'] };
}

function strangersTo(place: Place): Record<string, string>[] {
  const other = { ...claimsOfJob(), email: 'other@my-shop.iam.gserviceaccount.com' };
  const forElsewhere = { ...claimsOfJob(), aud: 'https://elsewhere.example' };
  return [
    cronOf(place === 'app-engine' ? 'cloud-run' : 'app-engine'),
    { authorization: `Bearer ${google.token({ claims: other })}` },
    { authorization: `Bearer ${google.token({ claims: forElsewhere })}` },
  ];
}

/** All that was sent so far. */
function cellsIn(log: string): SentCell[] {
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  // The last line may still be on its way.
  const lines = text.split('\n').slice(0, -1);
  return lines.map(line => JSON.parse(line) as SentCell);
}
