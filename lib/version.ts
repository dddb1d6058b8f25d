/** The version of this copy of the package, the same as in package.json. Bundles do not contain package.json. */
export const VERSION = '0.1.0';
