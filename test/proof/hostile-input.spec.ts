// With all of its random cases: see test/support/cases.ts.
import '../security/hostile-input.spec.js';
