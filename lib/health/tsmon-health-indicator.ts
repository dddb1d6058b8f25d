import type { FlushReport } from '../flush/flush-report.js';
import type { FlushSilence } from '../flush/flush-silence.js';

/**
 * What {@link TsmonHealthIndicator} tells, under the key it was given. `reason` says why it is down, `note` why it
 * is up though nothing is sent.
 *
 * @publicApi
 */
export type TsmonHealth<Key extends string = string> = Record<
  Key,
  { status: 'up'; note?: string } | { status: 'down'; reason: string }
>;

/** What it asks about flushing. */
export interface FlushHealth {
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
  constructor(private readonly flusher: FlushHealth) {}

  /** @default key 'tsmon' */
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
    const silent = `No flush has succeeded for ${Math.round(silence.lengthMs / 1000)} s`;
    const reasons = lastReport?.reasons.join(' ') ?? '';
    return reasons === '' ? `${silent}.` : `${silent}: ${reasons}`;
  }
}
