import { createRequire } from 'node:module';
import { SCOPE } from '../monitors/opentelemetry/scope.js';

/** Of this library and what it runs on. */
export function versions(): Record<string, string> {
  const nest = nestVersion();
  return {
    [SCOPE.name]: SCOPE.version,
    ...(nest === undefined ? {} : { '@nestjs/core': nest }),
    node: process.versions.node,
  };
}

/** Undefined in a bundle, which leaves the files of packages behind. */
function nestVersion(): string | undefined {
  try {
    const { version } = createRequire(import.meta.url)('@nestjs/core/package.json') as {
      version: string;
    };
    return version;
  } catch {
    return undefined;
  }
}
