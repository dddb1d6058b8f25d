import type { ServerResponse } from 'node:http';

/** The methods of a response that are watched, with all their signatures as one. */
export type WriteHead = (
  this: ServerResponse,
  status: number,
  ...others: unknown[]
) => ServerResponse;

export type Write = (
  this: ServerResponse,
  chunk: unknown,
  encoding?: unknown,
  done?: unknown,
) => boolean;

export type End = (
  this: ServerResponse,
  chunk?: unknown,
  encoding?: unknown,
  done?: unknown,
) => ServerResponse;
