import { log } from '../log.js';
import type { MetricDeclaration } from './metric-declaration.js';

/**
 * Handles the mistakes of callers that record: wrong fields, or values that a metric cannot have. In development a mistake is
 * thrown, so that it is found. In production the call is ignored, counted and logged once for each metric, so that input cannot fail a
 * request (R1).
 */
export class Mistakes {
  /** Undefined if no option decides: then `NODE_ENV` does. */
  mode: 'throw' | 'log' | undefined;
  private readonly byMetric = new Map<string, number>();

  /** Throws the mistake, or counts it. The caller must then do nothing else. */
  handle(metric: MetricDeclaration, mistake: unknown): void {
    if ((this.mode ?? modeOfEnvironment()) === 'throw') {
      throw mistake;
    }
    const before = this.byMetric.get(metric.name) ?? 0;
    this.byMetric.set(metric.name, before + 1);
    if (before === 0) {
      log.error(
        `A wrong call of metric "${metric.name}" was ignored. Later ones are counted in tsmon/misused, and not logged.`,
        mistake,
      );
    }
  }

  /** The number of calls that were ignored, by metric. */
  counts(): ReadonlyMap<string, number> {
    return this.byMetric;
  }

  forget(): void {
    this.byMetric.clear();
  }
}

/** Read for each mistake: an application may load its environment from a file after this module was loaded. */
function modeOfEnvironment(): 'throw' | 'log' {
  return process.env['NODE_ENV'] === 'production' ? 'log' : 'throw';
}
