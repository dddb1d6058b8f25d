import { createRequire } from 'node:module';
import { join } from 'node:path';
import type typescript from 'typescript';

export type TypeScript = typeof typescript;

/**
 * Loads the compiler of the application, or the one beside the Nest CLI. TypeScript 7 has no API that parses in this process.
 *
 * @returns undefined if there is no compiler that can parse.
 */
export function typescriptOfApp(): TypeScript | undefined {
  const places = [join(process.cwd(), 'package.json'), process.argv[1] ?? ''];
  return places
    .filter(place => place !== '')
    .map(loadFrom)
    .find(loaded => typeof loaded?.createSourceFile === 'function');
}

function loadFrom(place: string): TypeScript | undefined {
  try {
    return createRequire(place)('typescript') as TypeScript;
  } catch {
    return undefined;
  }
}
