// With all of its random cases: see test/support/cases.ts.
import '../module/lifecycle.spec.js';
