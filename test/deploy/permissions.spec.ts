import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DEPLOY, VARIABLES, yamlFile, type AppYaml, type ServiceYaml } from './deploy-files.js';

const ACCOUNT = 'shop-app@my-shop.iam.gserviceaccount.com';
const CREATED =
  'iam service-accounts create shop-app --project=my-shop --display-name=Runs the shop';
const GRANTED = ['roles/datastore.user', 'roles/monitoring.metricWriter'].map(
  role =>
    `projects add-iam-policy-binding my-shop --member=serviceAccount:${ACCOUNT} --role=${role} --condition=None --format=none`,
);

const folders: string[] = [];
afterEach(() => {
  folders.splice(0).forEach(folder => rmSync(folder, { recursive: true }));
});

/** Runs the script with a gcloud that only writes down what it was told. */
function callsOf(env: Record<string, string>, accountExists: boolean): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-tsmon-'));
  folders.push(folder);
  const log = join(folder, 'calls');
  writeFileSync(log, '');
  const gcloud = join(folder, 'gcloud');
  const describes = `case "$3" in describe) exit ${accountExists ? 0 : 1};; esac`;
  writeFileSync(gcloud, `#!/bin/sh\n${describes}\necho "$@" >> '${log}'\n`);
  chmodSync(gcloud, 0o755);
  execFileSync('sh', [join(DEPLOY, 'permissions.sh')], {
    env: { PATH: `${folder}${delimiter}${process.env.PATH}`, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return readFileSync(log, 'utf8').trim().split('\n');
}

describe('permissions.sh', () => {
  it('makes the account, and grants it two roles and no more', () => {
    expect(callsOf(VARIABLES, false)).toEqual([CREATED, ...GRANTED]);
  });

  it('may run again', () => {
    expect(callsOf(VARIABLES, true)).toEqual(GRANTED);
  });

  it('says which variable is missing, and changes nothing', () => {
    expect(() => callsOf({}, false)).toThrow(/PROJECT_ID: is the project to deploy to/);
  });

  it('is for the account that both services run as', () => {
    const service = yamlFile<ServiceYaml>('cloud-run/service.yaml');
    expect(service.spec.template.spec.serviceAccountName).toBe(ACCOUNT);
    expect(yamlFile<AppYaml>('app-engine/app.yaml').service_account).toBe(ACCOUNT);
  });
});
