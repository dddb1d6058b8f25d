import type { FlushReport } from '../flush/flush-report.js';
import type { FlushSilence } from '../flush/flush-silence.js';

/**
 * What {@link TsmonHealthIndicator} tells, under the key it was given. `reason` says why it is down, `note` why it
 * is up though nothing is sent. What a monitor or an allocator failed with is in the log alone: a health route is
 * often open to everybody.
 *
 * @publicApi
 */
export type TsmonHealth<Key extends string = string> = Record<
  Key,
  | {
      /** Metrics are sent, or need not be. */
      status: 'up';
      /** Why it is up though nothing is sent. */
      note?: string;
    }
  | {
      /** No flush has succeeded for long. */
      status: 'down';
      /** Since when, and what became of the last flush. */
      reason: string;
    }
>;

/** What it asks about flushing. */
interface FlushHealth {
  readonly isStarted: boolean;
  readonly lastReport: FlushReport | undefined;
  readonly silence: Pick<FlushSilence, 'isLong' | 'lengthMs'>;
}

/**
 * Says whether metrics are sent, to `@nestjs/terminus` 11 or 12. Inject it.
 *
 * It is down when no flush has succeeded for five intervals that should have: since the last one that did, or
 * since the start. It is up while metrics are disabled, and where requests flush also as long as none comes.
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
   * What a health check asks. It never throws, and does no I/O.
   *
   * @param key of the result among those of other indicators; `'tsmon'` where it is left out.
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
