import { setImmediate } from 'node:timers/promises';
import type { DynamicModule } from '@nestjs/common';
import type { FlushReport } from '../flush/flush-report.js';
import type { FieldValue } from '../metrics/fields.js';
import type { CellValue } from '../metrics/metric-declaration.js';
import { defaultRegistry } from '../metrics/registry.js';
import type { Cell } from '../store/cell.js';
import { storeOf } from '../store/in-memory-store.js';
import type { Target } from '../targets/target.js';
import { MODULE_OPTIONS_TOKEN } from '../module/module-definition.js';
import { TsmonModule } from '../module/tsmon.module.js';
import type { TsmonModuleOptions } from '../options/tsmon-options.js';
import { compose, type Composition } from '../module/composition.js';
import { TSMON_CLOCK, TSMON_COMPOSITION, TSMON_PLATFORM } from '../module/tokens.js';
import { FakeMonitor } from './fake-monitor.js';
import { ManualClock } from './manual-clock.js';
import { assertNoCell, theCell, type SentQuery } from './sent-lookup.js';
import { optionsForTests, TEST_PLATFORM } from './test-options.js';

/**
 * Options of {@link createTestingTsmon}: the options of the module, except the parts that are replaced. By default an
 * allocator in memory gives number 0 at once. Set `allocator` to test your own, or to share one between several applications.
 *
 * @publicApi
 */
export type TestingTsmonOptions = Omit<TsmonModuleOptions, 'monitor' | 'datastore'>;

/**
 * The methods of the builder that {@link TestingTsmon.override} uses. `Test.createTestingModule()` of `@nestjs/testing`
 * returns such a builder.
 *
 * @publicApi
 */
export interface OverridableModule {
  /** Starts to replace a provider. */
  overrideProvider(token: unknown): {
    /** Replaces it by a value. */
    useValue(value: unknown): unknown;
    /** Replaces it by the result of a function. */
    useFactory(options: { factory: (...args: never[]) => unknown; inject?: never[] }): unknown;
  };
}

/**
 * A {@link TsmonModule} for tests, and the cells that it sent. Nothing leaves the process. The time stands still until
 * {@link advance} moves it. Cells are sent only by {@link flush}, or when advancing the time makes a flush due.
 *
 * ```ts
 * const tsmon = createTestingTsmon();
 * const testingModule = await tsmon
 *   .override(Test.createTestingModule({ imports: [AppModule] }))
 *   .compile();
 * const app = await testingModule.createNestApplication().init();
 *
 * await app.get(Shop).order('lamp');
 * await tsmon.flush();
 * assert.equal(tsmon.sent('shop/orders', { status: 'ok' }), 1);
 * ```
 *
 * @publicApi
 */
export class TestingTsmon {
  /** Keeps the cells that were sent, and answers the next calls. */
  readonly monitor = new FakeMonitor();
  /** The time as the library sees it. */
  readonly clock = new ManualClock();
  private parts: Composition | undefined;

  /** @internal */
  constructor(private readonly options: TestingTsmonOptions) {
    storeOf(options.registry ?? defaultRegistry).reset();
  }

  /** The module to import in an application, or part of one, that does not import {@link TsmonModule} itself. */
  get module(): DynamicModule {
    const module = TsmonModule.forRoot();
    return {
      ...module,
      providers: [
        ...(module.providers ?? []),
        { provide: TSMON_CLOCK, useValue: this.clock },
        { provide: TSMON_PLATFORM, useValue: TEST_PLATFORM },
        {
          provide: TSMON_COMPOSITION,
          useFactory: this.composeForTest,
          inject: [MODULE_OPTIONS_TOKEN],
        },
      ],
    };
  }

  /** Replaces parts of the {@link TsmonModule} that an application imports. The application's other options stay. */
  override<Builder extends OverridableModule>(builder: Builder): Builder {
    builder.overrideProvider(TSMON_CLOCK).useValue(this.clock);
    builder.overrideProvider(TSMON_PLATFORM).useValue(TEST_PLATFORM);
    builder.overrideProvider(TSMON_COMPOSITION).useFactory({
      factory: this.composeForTest,
      inject: [MODULE_OPTIONS_TOKEN as never],
    });
    return builder;
  }

  /**
   * Sends all metrics now.
   *
   * @throws Error when the application has not started or is closed.
   */
  async flush(): Promise<FlushReport> {
    const report = await this.parts?.service.flush();
    if (!report || (report.outcome === 'disabled' && this.isEnabled)) {
      throw new Error(
        'The application does not run. Use `module` or `override()` of this TestingTsmon in it, and await app.init() or app.listen().',
      );
    }
    return report;
  }

  /**
   * Moves the time forward, second by second, so that work that becomes due on the way, such as a flush, can also end.
   *
   * @throws RangeError when `sec` is negative or not finite.
   */
  async advance(sec: number): Promise<void> {
    const wholeSec = sec > 0 && Number.isFinite(sec) ? Math.floor(sec) : 0;
    for (let passedSec = 0; passedSec < wholeSec; passedSec++) {
      this.clock.advance(1000);
      await settle();
    }
    this.clock.advance((sec - wholeSec) * 1000);
    await settle();
  }

  /**
   * Returns the last value that was sent for a cell. A cumulative value counts from the start of the test, as long as the
   * task number stays the same.
   *
   * @param fields the field values that identify the cell; other fields may be left out.
   * @param target the target of the cell; by default any.
   * @throws AssertionError that lists the sent cells, when no cell or several cells match.
   */
  sent(
    name: string,
    fields: Readonly<Record<string, FieldValue>> = {},
    target?: Target,
  ): CellValue {
    return theCell(this.cells, { name, fields, target }).value;
  }

  /**
   * Asserts that no matching cell was sent.
   *
   * @throws AssertionError that lists the matching cells.
   */
  assertNotSent(
    name: string,
    fields: Readonly<Record<string, FieldValue>> = {},
    target?: Target,
  ): void {
    const query: SentQuery = { name, fields, target };
    assertNoCell(this.cells, query);
  }

  /**
   * Forgets everything that was recorded or sent.
   *
   * @throws TypeError when the registry belongs to another copy of this package.
   */
  reset(): void {
    storeOf(this.registry).reset();
    this.monitor.calls.length = 0;
  }

  private get cells(): readonly Cell[] {
    return this.monitor.calls.flatMap(({ cells }) => cells);
  }

  private get registry(): NonNullable<TestingTsmonOptions['registry']> {
    return this.parts?.settings.options.registry ?? this.options.registry ?? defaultRegistry;
  }

  private get isEnabled(): boolean {
    return storeOf(this.registry).recording;
  }

  private readonly composeForTest = async (given: TsmonModuleOptions): Promise<Composition> => {
    const options = optionsForTests(given, this.options, this.monitor, this.clock);
    this.parts = await compose(options, TEST_PLATFORM, this.clock);
    return this.parts;
  };
}

/**
 * Creates a {@link TsmonModule} for tests. Forgets everything that was recorded in the registry before, such as by an earlier
 * test.
 *
 * @param options options of the module. By default requests do not flush (`flush.mode` is `'background'`), and the `@Cron`
 * job of housekeeping and `runtimeStats` are off. Invalid options make the start of the application fail.
 * @throws TypeError when `registry` belongs to another copy of this package.
 *
 * @publicApi
 */
export function createTestingTsmon(options: TestingTsmonOptions = {}): TestingTsmon {
  return new TestingTsmon(options);
}

/** Lets all work run that waits only for its turn in the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await setImmediate();
  }
}
