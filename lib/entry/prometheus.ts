/**
 * Sends the metrics of a prom-client registry, and writes cells as text that Prometheus reads.
 *
 * @module nestjs-tsmon/prometheus
 */
export { PROMETHEUS_CONTENT_TYPE, prometheusText } from '../prometheus/prometheus-text.js';
export {
  prometheusRegistry,
  type PrometheusRegistryOptions,
} from '../sources/prometheus-registry.js';
