/**
 * Sends metrics to Google's ProdX. The option `monitor: { prodx: { endpoint } }` needs no import of this.
 *
 * @module nestjs-tsmon/prodx
 */
export type { ProdXCredentials } from '../monitors/prodx/prodx-credentials.js';
export { ProdXMonitor } from '../monitors/prodx/prodx-monitor.js';
export type { ProdXMonitorOptions } from '../monitors/prodx/prodx-options.js';
