/** The version of this copy of the package, as in package.json, which a bundler leaves behind. */
export const VERSION = '0.1.0';
