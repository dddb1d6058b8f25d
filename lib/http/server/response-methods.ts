import type { ServerResponse } from 'node:http';

/** The response methods that are wrapped. One signature covers all overloads. */
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
