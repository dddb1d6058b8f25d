import { log } from './log.js';
import { VERSION } from './version.js';

/** This copy of the package. */
export const THIS_COPY = {
  version: VERSION,
  /**
   * Copies with the same number share their state and use each other's objects. Raise the number when a change affects the
   * objects that copies share: registries and their stores, metrics, distributions, bucketers, targets, and the shared state
   * itself.
   */
  protocol: 1,
};

/** The state that all copies with the same protocol share in a process. */
interface SharedState {
  /** The version of the copy that was loaded first. */
  readonly version: string;
  readonly parts: Map<string, unknown>;
}

const STATES: unique symbol = Symbol.for('nestjs-tsmon');

/** The states by protocol. Every version of the package must understand this map, so its shape never changes. */
type States = Map<number, SharedState>;

/**
 * Returns a part of the state that exists only once in a process, even if several copies of the package are loaded. An
 * application and a library may each have a copy, and so may `import` and a bundler.
 *
 * @param create makes the part for the copy that asks first.
 */
export function oncePerProcess<T>(part: string, create: () => T): T {
  const { parts } = sharedState();
  if (!parts.has(part)) {
    parts.set(part, create());
  }
  return parts.get(part) as T;
}

function sharedState(): SharedState {
  const holder = globalThis as { [STATES]?: States };
  const states = (holder[STATES] ??= new Map());
  let state = states.get(THIS_COPY.protocol);
  if (!state) {
    warnAboutOtherProtocols(states);
    state = { version: THIS_COPY.version, parts: new Map() };
    states.set(THIS_COPY.protocol, state);
  }
  return state;
}

function warnAboutOtherProtocols(states: States): void {
  for (const [protocol, { version }] of states) {
    log.warn(
      `Two copies of nestjs-tsmon that cannot work together are loaded in this process: version ${version} (protocol ${protocol}) and version ${THIS_COPY.version} (protocol ${THIS_COPY.protocol}). ` +
        'Metrics that are declared with the copy whose TsmonModule the application does not import are not sent. Install one version for all packages: `npm ls nestjs-tsmon` shows which package wants which.',
    );
  }
}
