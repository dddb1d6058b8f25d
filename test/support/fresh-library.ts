import { vi } from 'vitest';

const STATES = Symbol.for('nestjs-tsmon');

// Specs share processes, and the packages loaded in them. Each loads the library anew, without the state of another spec.
vi.resetModules();
delete (globalThis as { [STATES]?: unknown })[STATES];
