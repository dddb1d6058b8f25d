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
 * Options of {@link createTestingTsmon}: those of the module, but for what the kit brings along. An `allocator` is used in
 * place of the one in memory that gives number 0 at once: one of your own that is to be tested, or one that several
 * applications of a test share.
 *
 * @publicApi
 */
export type TestingTsmonOptions = Omit<TsmonModuleOptions, 'monitor' | 'datastore'>;

/**
 * What {@link TestingTsmon.override} needs of the builder that `Test.createTestingModule()` of `@nestjs/testing`
 * returns.
 *
 * @publicApi
 */
export interface OverridableModule {
  /** Begins to replace a provider. */
  overrideProvider(token: unknown): {
    /** By a value. */
    useValue(value: unknown): unknown;
    /** By what a function makes. */
    useFactory(options: { factory: (...args: never[]) => unknown; inject?: never[] }): unknown;
  };
}

/**
 * A {@link TsmonModule} for tests, and what it has sent. Everything stays in the process, the time stands still
 * until {@link advance} moves it, and nothing is sent but by {@link flush} or as time passes.
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
  /** What was sent, and what the next sends are answered. */
  readonly monitor = new FakeMonitor();
  /** The time as the library sees it. */
  readonly clock = new ManualClock();
  private parts: Composition | undefined;

  /** @internal */
  constructor(private readonly options: TestingTsmonOptions) {
    storeOf(options.registry ?? defaultRegistry).reset();
  }

  /** For an application, or a part of one, that does not import {@link TsmonModule} itself. */
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

  /** Replaces the parts of the {@link TsmonModule} that an application imports. Its other options stay. */
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
   * @throws Error when the application has not started, or was closed.
   */
  async flush(): Promise<FlushReport> {
    const report = await this.parts?.service.flush();
    if (!report || (report.outcome === 'disabled' && this.isEnabled)) {
      throw new Error(
        'The application does not run. Give it `module` or `override()` of this TestingTsmon, and await app.init() or app.listen().',
      );
    }
    return report;
  }

  /**
   * Moves the time on, second by second, so that what falls due on the way, such as a flush, can also end.
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
   * The value that was sent last of a cell. A cumulative one counts from the beginning of the test, as long as the
   * task number is the same.
   *
   * @param fields those that tell the cell from others of the metric; the rest may be left out.
   * @param target where the cell has one of its own; by default any.
   * @throws AssertionError that lists what was sent, when no such cell was, or several were.
   */
  sent(
    name: string,
    fields: Readonly<Record<string, FieldValue>> = {},
    target?: Target,
  ): CellValue {
    return theCell(this.cells, { name, fields, target }).value;
  }

  /**
   * Makes sure that no such cell was sent.
   *
   * @throws AssertionError that lists those that were.
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
   * Forgets what was recorded and what was sent.
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
 * A {@link TsmonModule} for tests, and what it has sent. What was recorded before in the registry, as by an earlier
 * test, is forgotten.
 *
 * @param options as of the module. By default requests elect nobody (`flush.mode` is `'background'`), and there
 * is no `@Cron` job of housekeeping and no `runtimeStats`. What is wrong with them the start of the application throws.
 * @throws TypeError when `registry` belongs to another copy of this package.
 *
 * @publicApi
 */
export function createTestingTsmon(options: TestingTsmonOptions = {}): TestingTsmon {
  return new TestingTsmon(options);
}

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await setImmediate();
  }
}
