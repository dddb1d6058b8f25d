import type { FlushReport } from '../flush/flush-report.js';
import type { FlushSilence } from '../flush/flush-silence.js';

/**
 * The result of {@link TsmonHealthIndicator}, under the given key. Errors of monitors and allocators are only in the log: a
 * health route is often public.
 *
 * @publicApi
 */
export type TsmonHealth<Key extends string = string> = Record<
  Key,
  | {
      /** Metrics are sent, or need not be sent. */
      status: 'up';
      /** The reason why the status is up although nothing is sent. */
      note?: string;
    }
  | {
      /** No flush has succeeded for a long time. */
      status: 'down';
      /** The time without a successful flush, and the outcome of the last one. */
      reason: string;
    }
>;

interface FlushHealth {
  readonly isStarted: boolean;
  readonly lastReport: FlushReport | undefined;
  readonly silence: Pick<FlushSilence, 'isLong' | 'lengthMs'>;
}

/**
 * Tells `@nestjs/terminus` 11 or 12 whether metrics are sent. Inject it.
 *
 * The status is down if no flush has succeeded for five intervals, counted from the last success or from the start. It is up
 * while metrics are disabled and, if requests flush, as long as no request comes.
 *
 * @example
 * ```ts
 * @Controller('health')
 * export class HealthController {
 *   constructor(
 *     private readonly health: HealthCheckService,
 *     private readonly tsmon: TsmonHealthIndicator,
 *   ) {}
 *
 *   @Get()
 *   @HealthCheck()
 *   check() {
 *     return this.health.check([() => this.tsmon.isHealthy()]);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class TsmonHealthIndicator {
  /** @internal */
  constructor(private readonly flusher: FlushHealth) {}

  /**
   * Returns the health. It never throws, and does no I/O.
   *
   * @param key the key of the result; by default `'tsmon'`.
   */
  isHealthy<Key extends string = 'tsmon'>(key: Key = 'tsmon' as Key): TsmonHealth<Key> {
    return { [key]: this.health() } as TsmonHealth<Key>;
  }

  private health(): TsmonHealth[string] {
    const { isStarted, silence } = this.flusher;
    if (!isStarted) {
      return { status: 'up', note: 'Metrics are disabled.' };
    }
    return silence.isLong ? { status: 'down', reason: this.reason() } : { status: 'up' };
  }

  private reason(): string {
    const { lastReport, silence } = this.flusher;
    const silentSec = Math.round(silence.lengthMs / 1000);
    return `No flush has succeeded for ${silentSec} s: ${causeOf(lastReport)}.`;
  }
}

function causeOf(last: FlushReport | undefined): string {
  switch (last?.outcome) {
    case 'no-task-number':
      return 'no task number is assigned yet';
    case 'failed':
      return last.rejected > 0
        ? `${last.rejected} of ${last.accepted + last.rejected} cells were not accepted, and the log says why`
        : 'the last one failed, and the log says why';
    default:
      return 'none was tried';
  }
}
