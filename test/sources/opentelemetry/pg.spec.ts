import { createRequire } from 'node:module';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TsmonMetricReader } from '../../../lib/sources/opentelemetry/tsmon-metric-reader.js';
import { comparableSource, cumulativeExporter, exportedBy } from './exported.js';
import { postgresMissing, startPostgres } from './postgres.js';
import { SDKS } from './sdk-versions.js';

const NEVER = new AbortController().signal;

/** What the tests use of `pg`, which has no types of its own. */
interface Pg {
  readonly Pool: new (options: object) => {
    query(text: string): Promise<unknown>;
    end(): Promise<void>;
  };
}

const instrumentation = new PgInstrumentation();
/** The instrumentation sees only what is required. */
const { Pool } = createRequire(import.meta.url)('pg') as Pg;

describe.skipIf(postgresMissing)('the instrumentation of pg', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 30_000);
  afterAll(() => postgres.stop());

  it.each(SDKS)(
    'has the metrics that the own exporter of OpenTelemetry SDK %s sends, for a whole run',
    async (_, sdk) => {
      const exporter = cumulativeExporter();
      const own = new sdk.PeriodicExportingMetricReader({ exporter });
      const reader = new TsmonMetricReader();
      const provider = new sdk.MeterProvider({ readers: [own, reader] });
      instrumentation.setMeterProvider(provider);
      onTestFinished(() => provider.shutdown());
      const pool = new Pool({
        host: '127.0.0.1',
        port: postgres.port,
        user: 'shop',
        database: 'postgres',
        max: 2,
      });
      for (let round = 1; round <= 3; round++) {
        await Promise.all([1, 2, 3].map(() => pool.query('SELECT 1')));
        await expect(pool.query('SELECT no_such_column')).rejects.toThrow('no_such_column');
        const metrics = comparableSource(await reader.read(NEVER));
        await own.forceFlush();
        expect(metrics).toEqual(exportedBy(exporter));
        expect(metrics.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
          'db.client.connection.count up-down',
          'db.client.connection.max up-down',
          'db.client.connection.pending_requests up-down',
          'db.client.operation.duration histogram',
        ]);
      }
      await pool.end();
      const after = comparableSource(await reader.read(NEVER));
      await own.forceFlush();
      expect(after).toEqual(exportedBy(exporter));
    },
  );
});
