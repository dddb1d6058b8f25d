import { cell, queue, task } from './cells.js';

export const never: AbortSignal = new AbortController().signal;
export const byNumber = (count: number) =>
  Array.from({ length: count }, (_, i) => cell(queue, i, [], task.withTaskNum(i)));
