/**
 * For the tests of an application: {@link createTestingTsmon} replaces what leaves the process, and tells what was sent.
 *
 * @module nestjs-tsmon/testing
 */
export { FakeMonitor, type SentCells } from './fake-monitor.js';
export { ManualClock } from './manual-clock.js';
export {
  createTestingTsmon,
  TestingTsmon,
  type OverridableModule,
  type TestingTsmonOptions,
} from './testing-tsmon.js';
