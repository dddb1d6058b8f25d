export { FakeMonitor, type SentCells } from './fake-monitor.js';
export { ManualClock } from './manual-clock.js';
export {
  createTestingTsmon,
  TestingTsmon,
  type OverridableModule,
  type TestingTsmonOptions,
} from './testing-tsmon.js';
