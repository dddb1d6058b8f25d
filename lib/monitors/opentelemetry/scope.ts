import { VERSION } from '../../version.js';

/** The instrumentation scope: this library. */
export const SCOPE = { name: 'nestjs-tsmon', version: VERSION } as const;
