export { FakeMonitor, type SentCells } from './fake-monitor.js';
export { ManualClock } from './manual-clock.js';
