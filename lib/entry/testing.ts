/**
 * For the tests of an application. {@link createTestingTsmon} replaces the monitor, the clock and the allocator, and shows the
 * cells that were sent.
 *
 * @module nestjs-tsmon/testing
 */
export { FakeMonitor, type SentCells } from '../testing/fake-monitor.js';
export { ManualClock } from '../testing/manual-clock.js';
export {
  createTestingTsmon,
  TestingTsmon,
  type OverridableModule,
  type TestingTsmonOptions,
} from '../testing/testing-tsmon.js';
