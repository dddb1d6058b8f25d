import { createRequire } from 'node:module';
import { join } from 'node:path';
import type typescript from 'typescript';

export type TypeScript = typeof typescript;

/**
 * Loads the compiler of the application, or the one that the Nest CLI uses. TypeScript 7 has no API that parses in this process.
 *
 * @returns undefined if there is no compiler that can parse.
 */
export function typescriptOfApp(): TypeScript | undefined {
  const app = join(process.cwd(), 'package.json');
  const ownCli = resolvedFrom(app, '@nestjs/cli/package.json');
  // A Nest CLI that is installed globally runs this script.
  const runningCli = process.argv[1];
  return [app, ownCli, runningCli]
    .filter(place => place !== undefined)
    .map(loadFrom)
    .find(loaded => typeof loaded?.createSourceFile === 'function');
}

function resolvedFrom(place: string, specifier: string): string | undefined {
  try {
    return createRequire(place).resolve(specifier);
  } catch {
    return undefined;
  }
}

function loadFrom(place: string): TypeScript | undefined {
  const path = resolvedFrom(place, 'typescript');
  return path === undefined ? undefined : (createRequire(place)(path) as TypeScript);
}
