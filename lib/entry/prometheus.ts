/**
 * Writes cells as text that Prometheus reads.
 *
 * @module nestjs-tsmon/prometheus
 */
export { PROMETHEUS_CONTENT_TYPE, prometheusText } from '../prometheus/prometheus-text.js';
