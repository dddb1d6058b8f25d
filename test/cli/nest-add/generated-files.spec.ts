import { execFileSync } from 'node:child_process';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { deployFiles } from '../../../lib/cli/nest-add/deploy-files.js';
import { optionsFile } from '../../../lib/cli/nest-add/options-file.js';
import { moduleOptions } from '../../../lib/options/module-options.js';
import { add, MONOREPO, SHOP_12 } from './workspaces.js';

const LAYOUT = {
  name: 'shop',
  root: '',
  sourceRoot: 'src',
  mainPath: 'src/main.ts',
  builtMain: 'dist/main.js',
};
const PLATFORMS = ['app-engine', 'cloud-run', 'gke', 'other'] as const;
const MONITORS = ['auto', 'cloud-monitoring', 'open-telemetry', 'prodx', 'debug'] as const;

/** The options that the file returns in a process with these variables. */
function optionsIn(text: string, env: Readonly<Record<string, string>>): object {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  class OTLPMetricExporter {
    export(): void {}
    forceFlush(): void {}
    shutdown(): void {}
  }
  const exports: { tsmonOptions?: () => object } = {};
  new Function('exports', 'require', 'process', outputText)(
    exports,
    () => ({ OTLPMetricExporter }),
    { env },
  );
  return exports.tsmonOptions!();
}

describe('the file of options', () => {
  it.each(PLATFORMS.flatMap(platform => MONITORS.map(monitor => [platform, monitor] as const)))(
    'of %s and %s has options that the module takes',
    (platform, monitor) => {
      const text = optionsFile(LAYOUT, platform, monitor);
      const options = text === undefined ? {} : optionsIn(text, {});
      expect(() => moduleOptions.check(options, '')).not.toThrow();
      expect(Math.max(...(text ?? '').split('\n').map(line => line.length))).toBeLessThanOrEqual(
        90,
      );
    },
  );

  it('is left out where forRoot() needs no options', () => {
    expect(optionsFile(LAYOUT, 'app-engine', 'auto')).toBeUndefined();
    expect(optionsFile(LAYOUT, 'other', 'auto')).toBeUndefined();
    expect(optionsFile(LAYOUT, 'other', 'debug')).toBeDefined();
  });

  it('opens housekeeping on Cloud Run to one account, and to nobody without the variables', () => {
    const text = optionsFile(LAYOUT, 'cloud-run', 'auto')!;
    const env = {
      TSMON_OIDC_AUDIENCE: 'https://shop.example',
      TSMON_OIDC_SERVICE_ACCOUNT: 'cron@x',
    };
    expect(optionsIn(text, env)).toEqual({
      housekeeping: {
        auth: { oidc: { audience: 'https://shop.example', serviceAccounts: ['cron@x'] } },
      },
    });
    expect(optionsIn(text, { TSMON_OIDC_AUDIENCE: 'https://shop.example' })).toEqual({
      housekeeping: { auth: 'closed' },
    });
  });

  it('is imported by the root module, in the way of its other imports', () => {
    const { files, changed } = add(SHOP_12, { platform: 'cloud-run', monitor: 'prodx' });
    expect(changed).toContain('src/tsmon-options.ts');
    expect(files['src/app.module.ts']).toContain(
      "import { Shop } from './shop.js';\nimport { tsmonOptions } from './tsmon-options.js';\n",
    );
    expect(files['src/app.module.ts']).toContain('imports: [TsmonModule.forRoot(tsmonOptions())]');
    expect(files['package.json']).toContain('"@grpc/grpc-js"');
  });

  it('comes with hooks that let Node end the first process of a container', () => {
    const { files } = add(SHOP_12, { platform: 'gke' });
    expect(files['src/main.ts']).toContain(
      'app.enableShutdownHooks([], { useProcessExit: true });',
    );
  });
});

describe('--deploy', () => {
  it('writes app.yaml and cron.yaml for App Engine', () => {
    const { files } = add(SHOP_12, { platform: 'app-engine', deploy: true });
    expect(parse(files['app.yaml']!)).toEqual({
      runtime: 'nodejs24',
      entrypoint: 'node dist/main.js',
    });
    const url = '/internal/cron/ts_mon/housekeeping';
    expect(parse(files['cron.yaml']!)).toEqual({
      cron: [{ description: 'task numbers and global metrics', url, schedule: 'every 1 minutes' }],
    });
  });

  it('says what to paste into files that are there, and nothing once it is pasted', () => {
    const shop = { ...SHOP_12, 'app.yaml': 'runtime: nodejs22\n', 'cron.yaml': 'cron:\n' };
    const { files, log, changed } = add(shop, { platform: 'app-engine', deploy: true });
    expect(changed.filter(path => path.endsWith('.yaml'))).toEqual([]);
    const [, entry] = /Paste into cron\.yaml:\n\n(.+?)\n\n/s.exec(log)!;
    const pasted = {
      ...files,
      'app.yaml': `${files['app.yaml']}entrypoint: node x.js\n`,
      'cron.yaml': `cron:\n${entry}\n`,
    };
    expect(parse(pasted['cron.yaml']).cron).toHaveLength(1);
    expect(add(pasted, { platform: 'app-engine', deploy: true }).log).not.toContain('Paste');
  });

  it('writes a script for Cloud Run that a shell understands, into the folder of the project', () => {
    const options = { project: 'api', platform: 'cloud-run', deploy: true } as const;
    const { files } = add(MONOREPO, options);
    const script = files['apps/api/tsmon-housekeeping.sh']!;
    execFileSync('sh', ['-n'], { input: script });
    expect(script).toContain('service="${SERVICE:-api}"');
  });

  it('creates the job with the address and the account that the service is told', () => {
    const [{ text } = { text: '' }] = deployFiles('cloud-run', LAYOUT);
    const calls = callsOf(text);
    expect(calls).toContainEqual(
      expect.stringContaining(
        'run services update shop --project=my-shop --region=europe-west1 ' +
          '--update-env-vars=TSMON_OIDC_AUDIENCE=https://shop.example,' +
          'TSMON_OIDC_SERVICE_ACCOUNT=tsmon-cron@my-shop.iam.gserviceaccount.com',
      ),
    );
    expect(calls.at(-1)).toBe(
      'scheduler jobs create http shop-housekeeping --project=my-shop --location=europe-west1 --schedule=* * * * * ' +
        '--http-method=get --uri=https://shop.example/internal/cron/ts_mon/housekeeping --attempt-deadline=60s ' +
        '--oidc-service-account-email=tsmon-cron@my-shop.iam.gserviceaccount.com ' +
        '--oidc-token-audience=https://shop.example',
    );
  });

  it('shows what belongs into the manifest on GKE, and asks for a platform elsewhere', () => {
    expect(add(SHOP_12, { platform: 'gke', deploy: true }).log).toContain(
      'METADATA_SERVER_DETECTION',
    );
    expect(add(SHOP_12, { deploy: true }).log).toContain('--deploy needs a platform');
  });
});

/** What the script calls gcloud with, where the service answers and neither account nor job exist. */
function callsOf(script: string): string[] {
  const gcloud = `gcloud() {
  printf '%s\\n' "$*" >&3
  case "$*" in
    *'services describe'*) echo https://shop.example ;;
    *describe*) return 1 ;;
  esac
}
`;
  const output = execFileSync('sh', ['-c', `exec 3>&1\n${gcloud}${script}`], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      PROJECT_ID: 'my-shop',
      REGION: 'europe-west1',
      SERVICE_ACCOUNT: 'shop@my-shop.iam.gserviceaccount.com',
    },
  });
  return output.trim().split('\n');
}
