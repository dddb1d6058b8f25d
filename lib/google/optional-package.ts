/** A package that not every application installs. */
export interface OptionalPackage<T> {
  /** Its name, as npm knows it. */
  readonly name: string;
  /** Who needs it, as the error begins: `ProdXMonitor needs credentials`. */
  readonly need: string;
  /** What to install, where that is more than the package itself. */
  readonly install?: string;
  /** What else a user can do, as the error ends: `set its option credentials`. */
  readonly alternative?: string;
  /** Imports it. The specifier is a literal there, since bundlers look for literals. */
  readonly load: () => Promise<T>;
}

/** A package is not installed. The message says who needs it, and what to do. */
export class MissingPackageError extends Error {
  override readonly name = 'MissingPackageError';
}

/**
 * Loads a package when it is used.
 *
 * @throws MissingPackageError where it is not installed; any other failure of loading as it is, since to install the
 * package again would not help.
 */
export async function loadOptional<T>(wanted: OptionalPackage<T>): Promise<T> {
  try {
    return await wanted.load();
  } catch (error) {
    throw isMissing(wanted.name, error) ? missing(wanted, error) : error;
  }
}

const NOT_FOUND: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/** A package that is there may lack one of its own: the code is the same, and only the message names the other one. */
function isMissing(name: string, error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !NOT_FOUND.has(error.code)) {
    return false;
  }
  const [, notFound] = /^Cannot find (?:package|module) ['"]([^'"]+)['"]/.exec(error.message) ?? [];
  return notFound === name;
}

function missing(
  { name, need, install = name, alternative }: OptionalPackage<unknown>,
  cause: unknown,
): Error {
  const instead = alternative === undefined ? '' : `, or ${alternative}`;
  return new MissingPackageError(`${need}: npm install ${install}${instead}.`, { cause });
}
