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
