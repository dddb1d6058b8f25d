import { VERSION } from '../../version.js';

/** Who measured. */
export const SCOPE = { name: 'nestjs-tsmon', version: VERSION } as const;
