import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { HeldEnd } from '../../../lib/http/server/held-end.js';

it.each([
  ['F2 holds no end whose client had the whole body before a flush was due', 'abc', false],
  ['F2 holds an end whose client lacks a part of the body', 'ab', true],
])('HeldEnd %s', (_title, written, holds) => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.setHeader('Content-Length', 3);
  response.write(written);
  const heldEnd = new HeldEnd(response, () => new Promise(() => {}), written.length, true);
  expect(heldEnd.holdsEnd(undefined, undefined)).toBe(holds);
});
