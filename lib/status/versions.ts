import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { SCOPE } from '../monitors/opentelemetry/scope.js';

/** Returns the versions of this library, Nest and Node. */
export function versions(): Record<string, string> {
  const nest = nestVersion();
  return {
    [SCOPE.name]: SCOPE.version,
    ...(nest === undefined ? {} : { '@nestjs/core': nest }),
    node: process.versions.node,
  };
}

/** Looks from the script that was started. Returns undefined in a bundle: it does not contain the package.json files. */
function nestVersion(): string | undefined {
  try {
    const require = createRequire(resolve(process.argv[1] ?? '.'));
    const { version } = require('@nestjs/core/package.json') as { version: string };
    return version;
  } catch {
    return undefined;
  }
}
