import { createRequire } from 'node:module';

/** What handlers of Express get, as far as these tests use it. */
export interface Response {
  status(status: number): Response;
  send(body: string): void;
  readonly headersSent: boolean;
  write(chunk: string): void;
  end(): void;
}

export type Next = (error?: unknown) => void;
export interface Handler {
  (request: { url: string; originalUrl: string }, response: Response, next: Next): unknown;
}
export type ErrorHandler = (
  error: unknown,
  request: unknown,
  response: Response,
  next: Next,
) => unknown;
export type Pattern = string | RegExp | readonly (string | RegExp)[];
type Handlers = Handler[];

/** A router, or an application. */
export interface Router extends Handler {
  use(path: Pattern, ...handlers: Handlers): Router;
  use(...handlers: Handlers): Router;
  use(handler: ErrorHandler): Router;
  get(path: Pattern, ...handlers: Handlers): Router;
  post(path: Pattern, ...handlers: Handlers): Router;
  all(path: Pattern, ...handlers: Handlers): Router;
  options(path: Pattern, ...handlers: Handlers): Router;
}

export interface Express {
  (): Router;
  Router(options?: { mergeParams?: boolean; caseSensitive?: boolean; strict?: boolean }): Router;
  static(folder: string, options?: { fallthrough?: boolean }): Handler;
}

const require = createRequire(import.meta.url);

/** Both keep mount patterns, 5.3 in its layers, and 5.2 with router 2.2 nowhere but in closures. */
export const EXPRESSES: readonly (readonly [string, Express])[] = [
  ['Express 5.3', require('express') as Express],
  ['Express 5.2', require('express-5.2') as Express],
];
