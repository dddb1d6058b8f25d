/**
 * Time series metrics for NestJS services on Google Cloud. Declare metrics at module level, such as a
 * {@link Counter}, and import {@link TsmonModule} once; {@link TsmonModuleOptions} has what can be set.
 *
 * @module nestjs-tsmon
 */
export type { Clock } from '../clock/clock.js';
export type { FlushReport } from '../flush/flush-report.js';
export type { FlushOptions } from '../flush/flush-settings.js';
export { TsmonService, type TsmonStatus } from '../flush/tsmon.service.js';
export { TsmonHealthIndicator, type TsmonHealth } from '../status/tsmon-health-indicator.js';
export type { HousekeepingReport } from '../housekeeping/housekeeping-report.js';
export type { HousekeepingAuth } from '../housekeeping/housekeeping-settings.js';
export { HOUSEKEEPING_PATH } from '../housekeeping/housekeeping.controller.js';
export { HousekeepingService } from '../housekeeping/housekeeping.service.js';
export type {
  HttpBucketersOptions,
  HttpMetricsOptions,
  HttpOptions,
} from '../http/server/http-options.js';
export { SkipMetrics } from '../http/server/skip-metrics.decorator.js';
export { TrackMetric } from '../track/track-metric.decorator.js';
export type { TrackedCall } from '../track/tracked-call.js';
export type { RpcOptions } from '../rpc/rpc-options.js';
export { TsmonInterceptor } from '../rpc/tsmon.interceptor.js';
export { BoundCell } from '../metrics/bound-cell.js';
export { Bucketer } from '../metrics/bucketer.js';
export { registerCallback, registerGlobalCallback } from '../metrics/callbacks.js';
export { Counter, FloatCounter } from '../metrics/counter.js';
export type { BoundCounter } from '../metrics/cumulative-number.js';
export { Distribution } from '../metrics/distribution.js';
export {
  CumulativeDistribution,
  type BoundCumulativeDistribution,
} from '../metrics/cumulative-distribution.js';
export type { DistributionOptions } from '../metrics/distribution-metric.js';
export {
  NonCumulativeDistribution,
  type BoundNonCumulativeDistribution,
} from '../metrics/non-cumulative-distribution.js';
export type {
  FieldDeclarations,
  FieldSchema,
  FieldValue,
  FieldValues,
  NoFields,
} from '../metrics/fields.js';
export {
  BoolGauge,
  FloatGauge,
  IntGauge,
  StringGauge,
  type BoundGauge,
  type BoundNumberGauge,
} from '../metrics/gauge.js';
export type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
export type { AttributeValue, MetricOrigin } from '../metrics/metric-origin.js';
export { Metric, type MetricOptions } from '../metrics/metric.js';
export { Registry } from '../metrics/registry.js';
export { Units } from '../metrics/units.js';
export { DebugMonitor } from '../monitors/debug/debug-monitor.js';
export type { DebugMonitorOptions } from '../monitors/debug/debug-options.js';
export type { Monitor, RejectedCell, SendResult } from '../monitors/monitor.js';
export type { OidcAuth } from '../routes/oidc-auth.js';
export type { RouteAuth } from '../routes/route-auth.js';
export type { StatusReport } from '../status/status-report.js';
export type {
  MetricSource,
  SourceHistogram,
  SourceMetric,
  SourcePoint,
} from '../sources/metric-source.js';
export { STATUS_PATH } from '../status/status.controller.js';
export type { Cell, Exemplar } from '../store/cell.js';
export { Device } from '../targets/device.js';
export type { Target } from '../targets/target.js';
export { Task } from '../targets/task.js';
export { withTarget } from '../targets/with-target.js';
export { DATASTORE_NAMESPACE } from '../task-numbers/datastore/instance-row.js';
export { DatastoreTaskNumAllocator } from '../task-numbers/datastore/datastore-task-num-allocator.js';
export { InMemoryTaskNumAllocator } from '../task-numbers/in-memory-task-num-allocator.js';
export type { TargetGroupReport } from '../task-numbers/target-group-report.js';
export {
  NoTaskNumberError,
  TaskNumAllocator,
  type AssignmentOptions,
  type AssignmentReport,
} from '../task-numbers/task-num-allocator.js';
export { TsmonModule } from '../module/tsmon.module.js';
export type {
  DatastoreClientOptions,
  HousekeepingOptions,
  LimitsOptions,
  MonitorOption,
  ShutdownOptions,
  StatusOptions,
  TaskNumbersOptions,
  TsmonModuleOptions,
  TsmonSettings,
} from '../options/tsmon-options.js';
