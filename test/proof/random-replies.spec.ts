// With all of their random cases: see test/support/cases.ts.
import '../monitors/random-replies/cloud-monitoring.spec.js';
import '../monitors/random-replies/opentelemetry.spec.js';
import '../monitors/random-replies/prodx.spec.js';
