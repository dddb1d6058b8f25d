import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';

const PEERS = ['prom-client', '@opentelemetry/sdk-metrics', '@nestjs/core', '@nestjs/schedule'];

/** What it was measured on, and against. */
export function describeMachine(): string {
  const processors = cpus();
  return [
    `${processors[0]?.model ?? process.arch}, ${processors.length} cores`,
    `Node ${process.versions.node}`,
    ...PEERS.map(name => `${name} ${versionOf(name)}`),
  ].join(' · ');
}

/** Not every package exports its package.json. */
function versionOf(name: string): string {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const path of paths) {
    const text = contentsOf(`${path}/${name}/package.json`);
    if (text !== undefined) {
      return (JSON.parse(text) as { version: string }).version;
    }
  }
  throw new Error(`${name} is not installed: run npm ci.`);
}

function contentsOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
