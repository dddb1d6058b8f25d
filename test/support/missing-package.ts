import { vi } from 'vitest';

/** Makes a package look as if it were not installed, to modules that are imported from now on. */
export function withoutPackage(name: string): void {
  vi.resetModules();
  vi.doMock(import('../../lib/google/optional-package.js'), async importOriginal => {
    const { isInstalled, loadOptional, ...others } = await importOriginal();
    return {
      ...others,
      isInstalled: wanted => wanted.name !== name && isInstalled(wanted),
      loadOptional: wanted =>
        loadOptional(wanted.name === name ? { ...wanted, load: () => notFound(name) } : wanted),
    };
  });
}

/** Ends {@link withoutPackage}. */
export function withAllPackages(): void {
  vi.doUnmock('../../lib/google/optional-package.js');
  vi.resetModules();
}

/** Fails as Node's import() does. */
async function notFound(name: string): Promise<never> {
  throw Object.assign(new Error(`Cannot find package '${name}' imported from /app/index.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
}
