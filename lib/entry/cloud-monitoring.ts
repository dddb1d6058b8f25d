/**
 * Sends metrics to Google Cloud Monitoring. The option `monitor: { cloudMonitoring: {} }` needs no import of this.
 *
 * @module nestjs-tsmon/cloud-monitoring
 */
export { CloudMonitoringMonitor } from '../monitors/cloud-monitoring/cloud-monitoring-monitor.js';
export type {
  CloudMonitoringAuth,
  CloudMonitoringCredentials,
  CloudMonitoringMonitorOptions,
} from '../monitors/cloud-monitoring/cloud-monitoring-options.js';
