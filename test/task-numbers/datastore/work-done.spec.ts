import { describe, expect, it } from 'vitest';
import {
  workDoneOf,
  workDoneText,
  withWorkDone,
} from '../../../lib/task-numbers/datastore/work-done.js';

describe('work done, as it is in the lease row', () => {
  it('is read as it was written', () => {
    const list = withWorkDone([], { what: 'a', by: 'p', atMs: 7 });
    expect(workDoneOf(workDoneText(list))).toEqual([{ what: 'a', by: 'p', atMs: 7 }]);
  });

  it.each([
    undefined,
    '',
    '{',
    '7',
    'null',
    '[null, 7, {"what": "a"}, {"what": "a", "by": 3, "atMs": 7}]',
  ])('is empty if the text is %s', text => {
    expect(workDoneOf(text)).toEqual([]);
  });
});
