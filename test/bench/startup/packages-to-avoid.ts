import { readFileSync } from 'node:fs';

interface PackageJson {
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** Heavy, and needed by some applications only. Scopes stand for all that is in them. */
const HEAVY = ['@google-cloud/datastore', '@opentelemetry', 'protobufjs', 'google-gax'];

/** What importing the main entry must not load: every optional peer, and what is as heavy. */
export function packagesToAvoid(): string[] {
  const packageJson = new URL('../../../../package.json', import.meta.url);
  const { peerDependenciesMeta } = JSON.parse(readFileSync(packageJson, 'utf8')) as PackageJson;
  const optional = Object.entries(peerDependenciesMeta)
    .filter(([, meta]) => meta.optional)
    .map(([name]) => name);
  return [...new Set([...HEAVY, ...optional])];
}
