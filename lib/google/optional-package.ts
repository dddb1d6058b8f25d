import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { errorMessage } from '../log.js';

/** A package that not every application installs. */
export interface OptionalPackage<T> {
  /** The name on npm. */
  readonly name: string;
  /** The first part of the error, which says what needs the package: `ProdXMonitor needs credentials`. */
  readonly need: string;
  /** What to install, when that is more than the package itself. */
  readonly install?: string;
  /** The last part of the error, which says what else helps: `set its option credentials`. */
  readonly alternative?: string;
  /** Imports the package. Write the specifier as a literal: bundlers look for literals. */
  readonly load: () => Promise<T>;
}

/** A package could not be loaded. The message says what needs the package, and what failed. */
export class PackageLoadError extends Error {
  override readonly name: string = 'PackageLoadError';
}

/** A package is not installed. The message says what needs the package, and how to install it. */
export class MissingPackageError extends PackageLoadError {
  override readonly name = 'MissingPackageError';
}

/**
 * Loads a package.
 *
 * @throws MissingPackageError when the package is not installed, PackageLoadError for any other failure: installing the
 * package again would not help, as when a bundle lacks one of its files.
 */
export async function loadOptional<T>(optional: OptionalPackage<T>): Promise<T> {
  try {
    return await optional.load();
  } catch (error) {
    throw isMissing(optional.name, error)
      ? missingError(optional, error)
      : loadError(optional, error);
  }
}

/**
 * Whether a package is found on the disk, as seen from the main script or from the working directory. Loads nothing. A package
 * that is not found may still be there: as a part of a bundle, or where only this library sees it.
 */
export function isInstalled({ name }: Pick<OptionalPackage<unknown>, 'name'>): boolean {
  const { argv, cwd } = process;
  return [argv[1], join(cwd(), 'main.js')].some(
    from => from !== undefined && isAbsolute(from) && isResolvedFrom(from, name),
  );
}

function isResolvedFrom(file: string, name: string): boolean {
  try {
    createRequire(file).resolve(name);
    return true;
  } catch {
    return false;
  }
}

const NOT_FOUND: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/**
 * Whether an error says that the package itself is missing. If one of its dependencies is missing, the error has the same
 * code and only the name in the message differs.
 */
function isMissing(name: string, error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !NOT_FOUND.has(error.code)) {
    return false;
  }
  const [, missingName] =
    /^Cannot find (?:package|module) ['"]([^'"]+)['"]/.exec(error.message) ?? [];
  return missingName === name;
}

function missingError(
  { name, need, install = name, alternative }: OptionalPackage<unknown>,
  cause: unknown,
): MissingPackageError {
  const instead = alternative === undefined ? '' : `, or ${alternative}`;
  return new MissingPackageError(`${need}: npm install ${install}${instead}.`, { cause });
}

function loadError({ name, need }: OptionalPackage<unknown>, cause: unknown): PackageLoadError {
  return new PackageLoadError(
    `${need}, but ${name} is installed and could not be loaded: ${errorMessage(cause)}`,
    { cause },
  );
}
