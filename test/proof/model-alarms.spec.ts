// With all of its random cases: see test/support/cases.ts.
import '../task-numbers/model/explorer.spec.js';
