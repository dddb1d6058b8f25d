import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { HOUSEKEEPING_PATH } from '../../lib/housekeeping/housekeeping.controller.js';
import { checkedModuleOptions } from '../../lib/options/module-options.js';
import { tsmonOptions } from '../../sample-app/src/tsmon-options.js';
import {
  DEPLOY,
  VARIABLES,
  serviceEnv,
  textOf,
  yamlFile,
  type AppYaml,
  type CronYaml,
  type SchedulerFlags,
  type ServiceYaml,
} from './deploy-files.js';
import { APP_YAML, CRON_YAML, SCHEDULER_FLAGS, SERVICE_YAML } from './google-shapes.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SHAPES = {
  'app-engine/app.yaml': APP_YAML,
  'app-engine/cron.yaml': CRON_YAML,
  'cloud-run/service.yaml': SERVICE_YAML,
  'cloud-run/housekeeping-job.yaml': SCHEDULER_FLAGS,
};
const FILES = Object.keys(SHAPES) as (keyof typeof SHAPES)[];

/** Set by the platforms themselves. */
const BY_PLATFORM = [
  'PORT',
  'GOOGLE_CLOUD_PROJECT',
  'GAE_APPLICATION',
  'K_SERVICE',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'KUBERNETES_SERVICE_HOST',
];
/** For those who try the app out, and for tests: a deployed one does without. */
const FOR_TRYING = [
  'ADAPTER',
  'TSMON_CRON',
  'TSMON_EXPIRATION_SEC',
  'TSMON_FLUSH_INTERVAL_SEC',
  'TSMON_LOG_FILE',
  'TSMON_LOG_FORMAT',
  'TSMON_RECEIVER_URL',
];

const app = yamlFile<AppYaml>('app-engine/app.yaml');
const { cron } = yamlFile<CronYaml>('app-engine/cron.yaml');
const service = yamlFile<ServiceYaml>('cloud-run/service.yaml');
const job = yamlFile<SchedulerFlags>('cloud-run/housekeeping-job.yaml');

describe('the files for Google Cloud', () => {
  it.each(FILES)('%s has what the reference allows, and nothing else', file => {
    expect(SHAPES[file](yamlFile(file), file)).toEqual([]);
  });

  it('are all checked', () => {
    const all = readdirSync(DEPLOY, { recursive: true, encoding: 'utf8' });
    expect(all.filter(path => /\.ya?ml$/.test(path)).toSorted()).toEqual(FILES.toSorted());
  });

  it('are refused if they have mistakes', () => {
    expect(APP_YAML({ ...app, environment: 'flex' }, 'app')).toEqual([
      'app.environment is not known',
    ]);
    expect(APP_YAML({ service: 'Default' }, 'app')).toHaveLength(2);
    expect(CRON_YAML({ cron: [{ url: 'x', schedule: '* * * * *' }] }, 'cron')).toHaveLength(2);
    expect(CRON_YAML({ cron: [] }, 'cron')).toHaveLength(1);
    expect(SERVICE_YAML({ ...service, spec: { template: {} } }, 'service')).toEqual([
      'service.spec.template.spec is missing',
    ]);
    expect(SCHEDULER_FLAGS({ ...job, '--oidc-audience': 'x' }, 'job')).toHaveLength(1);
    expect(SCHEDULER_FLAGS({ ...job, '--uri': 'http://x' }, 'job')).toHaveLength(1);
  });

  it('name only variables that the README explains, each with an export', () => {
    const named = FILES.flatMap(file => textOf(file).match(/(?<=\$\{)\w+(?=\})/g) ?? []);
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(VARIABLES).toSorted());
    for (const name of named) {
      expect(textOf('README.md')).toMatch(new RegExp(`^export (.* )?${name}=`, 'm'));
    }
  });
});

describe('housekeeping', () => {
  it('is called by App Engine’s cron once a minute, in the service that is deployed', () => {
    expect(cron.map(({ url, schedule, target }) => [url, schedule, target])).toEqual([
      [HOUSEKEEPING_PATH, 'every 1 minutes', app.service],
    ]);
  });

  it('is called by Cloud Scheduler once a minute, by GET, in the service that is deployed', () => {
    expect(job['--schedule']).toBe('* * * * *');
    expect(job['--http-method']).toBe('get');
    const { PROJECT_NUMBER, REGION } = VARIABLES;
    expect(job['--uri']).toBe(
      `https://${service.metadata.name}-${PROJECT_NUMBER}.${REGION}.run.app${HOUSEKEEPING_PATH}`,
    );
    expect(job['--location']).toBe(REGION);
  });

  it('H1 on Cloud Run is open to the account of that job, with a token for its audience, alone', () => {
    expect(tsmonOptions(serviceEnv()).housekeeping?.auth).toEqual({
      oidc: {
        audience: job['--oidc-token-audience'],
        serviceAccounts: [job['--oidc-service-account-email']],
      },
    });
    expect(job['--uri']).toBe(`${job['--oidc-token-audience']}${HOUSEKEEPING_PATH}`);
    expect(service.metadata.annotations['run.googleapis.com/invoker-iam-disabled']).toBe('true');
  });

  it('H1 on App Engine is left to the library, which trusts its cron', () => {
    const { auth } = tsmonOptions({
      ...app.env_variables,
      GAE_APPLICATION: 'e~my-shop',
    }).housekeeping!;
    expect(auth).toBeUndefined();
  });

  it.each(['TSMON_OIDC_AUDIENCE', 'TSMON_OIDC_SERVICE_ACCOUNT'])(
    'H1 %s without the other one fails the start',
    name => {
      expect(() => tsmonOptions({ [name]: 'x@y' })).toThrow(
        'TSMON_OIDC_AUDIENCE and TSMON_OIDC_SERVICE_ACCOUNT belong together: set both or neither.',
      );
    },
  );
});

describe('the environment', () => {
  it('has each variable that the app reads, and no other', () => {
    const set = [...Object.keys(app.env_variables ?? {}), ...Object.keys(serviceEnv())];
    expect([...set, ...BY_PLATFORM, ...FOR_TRYING].toSorted()).toEqual(variablesRead());
  });

  it('of either cloud leaves flushes to the library, and is done within 10 s of SIGTERM', () => {
    for (const env of [{ GAE_APPLICATION: 'e~my-shop' }, { K_SERVICE: 'shop' }]) {
      const options = tsmonOptions(env);
      expect(options.flush).toBeUndefined();
      expect(options.monitor).toBeUndefined();
      expect(options.allocator).toBeUndefined();
      expect(options.status).toEqual({ enabled: false });
      expect(checkedModuleOptions(options).shutdown.timeoutSec).toBeLessThan(10);
    }
  });
});

describe('the packages of the assembled app', () => {
  const { dependencies, engines } = manifest('sample-app/deploy/package.json');
  const library = manifest('package.json');

  it('are those that it imports, and the peers of the library', () => {
    const optional = Object.keys(library.peerDependenciesMeta);
    const peers = Object.keys(library.peerDependencies).filter(name => !optional.includes(name));
    // The other platform is for those who try the app out.
    const imported = packagesImported().filter(name => name !== '@nestjs/platform-fastify');
    // Verifies tokens and gets those for Cloud Monitoring: the library loads it when it does.
    const wanted = new Set([...imported, ...peers, 'google-auth-library']);
    expect(Object.keys(dependencies).toSorted()).toEqual([...wanted].toSorted());
  });

  it('have the versions that the tests run with', () => {
    const { 'nestjs-tsmon': ours, ...others } = dependencies;
    expect(ours).toBe('file:nestjs-tsmon.tgz');
    for (const [name, version] of Object.entries(others)) {
      expect([name, version]).toEqual([name, library.devDependencies[name]]);
    }
  });

  it('run on what Node the platforms have', () => {
    expect(engines.node).toBe('>=20.19.0');
    expect(textOf('cloud-run/Dockerfile').match(/^FROM node:24-slim/gm)).toHaveLength(2);
    expect(yamlFile<{ runtime: string }>('app-engine/app.yaml').runtime).toBe('nodejs24');
  });
});

describe('the README', () => {
  const text = textOf('README.md');
  const steps = text.split(/^(?=#{2,3} )/m).filter(part => /^### \d|^## See/.test(part));

  it('says for each step how to see that it worked, and what to do if not', () => {
    expect(steps.length).toBeGreaterThan(15);
    for (const part of steps) {
      expect(part).toMatch(/^```sh$[^]*^\*\*It worked\*\* if [^]*^\*\*If not:\*\*/m);
    }
  });

  it('names and links files that exist', () => {
    const files = [...text.matchAll(/`((?:app-engine|cloud-run)\/[\w.-]+)`/g)].map(([, f]) => f!);
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter(file => !existsSync(DEPLOY + file))).toEqual([]);
    const headings = (text.match(/^#+ .*/gm) ?? []).map(line =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...text.matchAll(/\]\(#([\w-]+)\)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(2);
    expect(headings).toEqual(expect.arrayContaining(links));
  });

  it('quotes what the library says when it refuses a token', () => {
    const guard = readFileSync(join(ROOT, 'lib/routes/oidc.guard.ts'), 'utf8');
    const [, table = ''] = /^\| reason[^\n]*\n[^\n]*\n((?:\|.*\n)+)/m.exec(text) ?? [];
    const reasons = table
      .split('\n')
      .map(row => row.split('|')[1]?.trim())
      .filter(reason => reason && reason !== 'no such line');
    expect(reasons.length).toBeGreaterThan(3);
    expect(reasons.filter(reason => !guard.includes(reason!))).toEqual([]);
  });

  it('grants the account that calls housekeeping no role, since it needs none', () => {
    expect(text).not.toContain('add-iam-policy-binding');
    expect(job['--oidc-service-account-email']).toBe('shop-cron@my-shop.iam.gserviceaccount.com');
    expect(text).toContain('gcloud iam service-accounts create shop-cron ');
  });
});

/** Capitals behind `env.`, as the sample app reads them. */
function variablesRead(): string[] {
  const names = sources().flatMap(text => text.match(/(?<=\benv\.)[A-Z]\w*/g) ?? []);
  return [...new Set(names)].toSorted();
}

function packagesImported(): string[] {
  const names = sources()
    .flatMap(text => ts.preProcessFile(text, true, true).importedFiles)
    .map(({ fileName }) => fileName)
    .filter(name => !/^(\.|node:)/.test(name));
  return [...new Set(names)].toSorted();
}

function sources(): string[] {
  const folder = join(ROOT, 'sample-app/src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => readFileSync(join(folder, path), 'utf8'));
}

type Versions = Readonly<Record<string, string>>;

function manifest(path: string) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Record<
    'dependencies' | 'devDependencies' | 'peerDependencies' | 'peerDependenciesMeta' | 'engines',
    Versions
  >;
}
