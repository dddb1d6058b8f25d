import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { declareExpressProperties } from '../../../lib/http/server/express-properties.js';
import { closeAfterEach, ask } from './harness.js';
import { serveWith } from './express-apps.js';
import { EXPRESSES } from './expresses.js';

const ADDED_BY_NODE = ['_eventsCount', '_maxRequestsPerSocket'];
const ADDED_BY_BODY_PARSERS = ['body'];

describe('declareExpressProperties()', () => {
  closeAfterEach();

  it('keeps what another framework has set, such as a parsed body', () => {
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    Object.assign(request, { httpVersionMajor: 1, body: { parsed: true }, originalUrl: '/outer' });
    response.statusCode = 201;
    declareExpressProperties(request, response);
    expect(request).toMatchObject({ body: { parsed: true }, originalUrl: '/outer' });
    expect(request).toHaveProperty('params', undefined);
  });

  it('does not declare a body: middleware asks for it to know whether the body was read', () => {
    const request = Object.assign(new IncomingMessage(new Socket()), { httpVersionMajor: 1 });
    const response = new ServerResponse(request);
    response.statusCode = 201;
    declareExpressProperties(request, response);
    expect('body' in request).toBe(false);
    expect(response.statusCode).toBe(201);
  });

  it('leaves HTTP/2 alone, whose responses warn of a status message', () => {
    const request = Object.assign(new IncomingMessage(new Socket()), { httpVersionMajor: 2 });
    const response = new ServerResponse(request);
    declareExpressProperties(request, response);
    expect(Object.hasOwn(request, 'params')).toBe(false);
    expect(Object.hasOwn(response, 'locals')).toBe(false);
  });

  it.each(EXPRESSES)(
    '%s adds no other property to a request and its response',
    async (_, express) => {
      let added: string[] = [];
      const served = await serveWith(express, app =>
        app.use('/keys/:id', (request, response) => {
          const fresh = new IncomingMessage(new Socket());
          fresh.httpVersionMajor = 1;
          const freshResponse = new ServerResponse(fresh);
          declareExpressProperties(fresh, freshResponse);
          added = [
            ...Object.keys(request).filter(key => !Object.hasOwn(fresh, key)),
            ...Object.keys(response).filter(key => !Object.hasOwn(freshResponse, key)),
          ];
          response.status(200).send('ok');
        }),
      );
      await ask(served.port, '/keys/1');
      const watched = ['writeHead', 'write', 'end'];
      expect(
        added.filter(
          key => ![...ADDED_BY_NODE, ...ADDED_BY_BODY_PARSERS, ...watched].includes(key),
        ),
      ).toEqual([]);
    },
  );
});
