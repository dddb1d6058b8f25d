// Tokens of the parts that have no class of their own. They are strings, which two copies of the package share.

/** The clock of all parts. */
export const TSMON_CLOCK = 'TSMON_CLOCK';
/** The platform that the process runs on. */
export const TSMON_PLATFORM = 'TSMON_PLATFORM';
/** The composition: all parts of the module. */
export const TSMON_COMPOSITION = 'TSMON_COMPOSITION';
