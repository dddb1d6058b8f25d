import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** What the person who deploys says. */
export const VARIABLES = {
  PROJECT_ID: 'my-shop',
  PROJECT_NUMBER: '123456789012',
  REGION: 'europe-west1',
  TAG: 'v1',
} as const;

export const DEPLOY = fileURLToPath(new URL('../../sample-app/deploy/', import.meta.url));

export interface AppYaml {
  readonly service?: string;
  readonly service_account: string;
  readonly entrypoint: string;
  readonly env_variables?: Readonly<Record<string, string>>;
}

export interface CronYaml {
  readonly cron: readonly { url: string; schedule: string; target?: string }[];
}

export interface ServiceYaml {
  readonly metadata: { name: string; annotations: Record<string, string> };
  readonly spec: {
    template: {
      spec: {
        serviceAccountName: string;
        containers: { env: { name: string; value: string }[] }[];
      };
    };
  };
}

export type SchedulerFlags = Readonly<Record<string, string>>;

/** A YAML file of `sample-app/deploy/`, with its variables filled in. */
export function yamlFile<T>(path: string): T {
  const text = textOf(path).replaceAll(/\$\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(VARIABLES, name) ? VARIABLES[name as keyof typeof VARIABLES] : whole,
  );
  return parse(text) as T;
}

export function textOf(path: string): string {
  return readFileSync(DEPLOY + path, 'utf8');
}

/** What the Cloud Run service gets from its file. */
export function serviceEnv(): Record<string, string> {
  const service = yamlFile<ServiceYaml>('cloud-run/service.yaml');
  const [container] = service.spec.template.spec.containers;
  return Object.fromEntries(container?.env.map(({ name, value }) => [name, value]) ?? []);
}
