import { type ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { cats } from './cats.js';
import {
  ask,
  bytes,
  closeAfterEach,
  PLATFORMS,
  recordedRequests,
  serve,
  until,
} from './harness.js';
import { ItemsController } from './items.js';
import {
  forget,
  type AnyResponse,
  OwnController,
  election,
  items,
  aWhile,
} from './held-answers.js';

describe.each(PLATFORMS)('HeldEnd on %s', platform => {
  closeAfterEach();

  beforeEach(forget);

  describe('one answer', () => {
    it.each([
      ['GET', '/value', 200, 'value'],
      ['POST', '/promise', 201, '{"a":1}'],
      ['GET', '/teapot', 418, 'teapot'],
      ['GET', '/crash', 500, 'Internal server error'],
      ['GET', '/refused', 403, 'Forbidden'],
      ['GET', '/nowhere', 404, 'Cannot GET'],
      ['GET', '/buffer', 200, 'whole'],
      ['GET', '/response-with-length', 200, '0123456789'],
      ['GET', '/raw', 200, 'raw'],
      ['GET', '/own/end', 200, 'whole'],
      ['GET', '/own/end-of-nothing', 200, ''],
      ['GET', '/own/not-modified', 304, ''],
      ['HEAD', '/value', 200, ''],
      ['HEAD', '/own/head', 200, ''],
    ])('F2 %s %s waits for the flush, and is the same', async (method, path, status, text) => {
      const { port } = await items(platform);
      const elect = election.elect.bind(election);
      election.elect = () => undefined;
      const alone = await ask(port, path, { method });
      election.elect = elect;

      let answered = false;
      const answer = ask(port, path, { method }).then(got => {
        answered = true;
        return got;
      });
      await until(() => election.elected === 1, 'the election');
      await aWhile();
      expect(answered).toBe(false);
      election.end();
      const got = await answer;
      expect(got.status).toBe(status);
      expect(got.body.toString()).toContain(text);
      expect(got.body.toString()).toBe(alone.body.toString());
      expect({ ...got.headers, date: '' }).toEqual({ ...alone.headers, date: '' });
      expect(election.elected).toBe(1);
    });

    it.each([
      ['/cats/nothing', 204],
      ['/cats/moved', 302],
      ['/cats/json', 200],
    ])('F2 %s waits too, with its status and headers', async (path, status) => {
      const { port } = await cats(platform, { elect: () => election.elect() });
      const answer = ask(port, path);
      await until(() => election.elected === 1);
      election.end();
      const { headers, ...got } = await answer;
      expect(got.status).toBe(status);
      expect(headers.location).toBe(status === 302 ? '/cats' : undefined);
      expect(headers['transfer-encoding']).toBe(undefined);
    });

    it('F1 lets all others pass at once', async () => {
      election.elect = () => undefined;
      const { port } = await items(platform);
      expect((await ask(port, '/value')).body.toString()).toBe('value');
      expect((await ask(port, '/own/chunked')).body.toString()).toBe('onetwo');
      expect((await ask(port, '/teapot')).status).toBe(418);
    });

    it('F1 asks once for each request, not for each chunk', async () => {
      let asked = 0;
      election.elect = () => {
        asked += 1;
        return undefined;
      };
      const { port } = await items(platform);
      expect((await ask(port, '/own/with-length')).body.toString()).toBe('abcdef');
      expect((await ask(port, '/own/chunked')).body.toString()).toBe('onetwo');
      expect(asked).toBe(2);
    });

    it('F1 elects with http.enabled: false, too', async () => {
      const { port } = await cats(platform, {
        http: { enabled: false },
        elect: () => election.elect(),
      });
      const answer = ask(port, '/cats');
      await until(() => election.elected === 1, 'the election');
      election.end();
      expect((await answer).status).toBe(200);
    });
  });

  describe('what the application sees meanwhile', () => {
    it('F2 a response that has ended, with final headers', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/seen');
      await until(() => election.elected === 1);
      expect(OwnController.seen).toEqual([true, true, false]);
      election.end();
      expect((await answer).headers['content-length']).toBe('4');
      await until(() => OwnController.seen.length === 4);
      expect(OwnController.seen[3]).toBe(true);
    });

    it('F2 a handler that sends and then throws is answered as it sent', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/then-throws');
      await until(() => election.elected === 1);
      await aWhile();
      election.end();
      const { status, body } = await answer;
      expect([status, body.toString()]).toEqual([200, 'sent']);
    });

    it('F2 what is written after the end is refused, as ever', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/twice');
      await until(() => election.elected === 1);
      election.end();
      expect((await answer).body.toString()).toBe('once');
      await until(() => OwnController.seen.length === 2, 'the errors');
      expect(OwnController.seen).toEqual([
        'ERR_STREAM_WRITE_AFTER_END',
        'ERR_STREAM_WRITE_AFTER_END',
      ]);
    });

    it('F2 what it passed to end is called back when all was sent', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/callback');
      await until(() => election.elected === 1);
      await aWhile();
      expect(OwnController.seen).toEqual([]);
      election.end();
      await answer;
      await until(() => OwnController.seen.length === 1, 'the callback');
    });

    it.each([
      ['/own/wrong-chunk', 200, 'ERR_INVALID_ARG_TYPE'],
      ['/own/wrong-status', 500, 'ERR_HTTP_INVALID_STATUS_CODE'],
    ])('F2 %s throws where end was called', async (path, status, code) => {
      const { port } = await items(platform);
      const answer = ask(port, path);
      await until(() => election.elected === 1);
      election.elect = () => undefined; // one flush at a time
      election.end();
      const got = await answer;
      expect([got.status, got.body.toString()]).toEqual([status, code]);
    });

    it('F2 an end that fails when its turn comes breaks off this response, and no other', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/wrong-length').catch((error: Error) => error);
      await until(() => election.elected === 1);
      election.end();
      expect(await answer).toBeInstanceOf(Error);
      election.elect = () => undefined;
      expect((await ask(port, '/value')).status).toBe(200);
    });
  });

  describe('others that wrap the response', () => {
    type Next = () => void;

    /** As compression does it: what is passed to `end` is written when it is ready, and then comes the end. */
    function later(_request: unknown, response: AnyResponse, next: Next): void {
      const write = response.write.bind(response) as (chunk: string) => boolean;
      const end = response.end.bind(response) as () => ServerResponse;
      response.end = ((chunk: string) => {
        setImmediate(() => {
          write(chunk);
          end();
        });
        return response;
      }) as typeof response.end;
      next();
    }

    it('F2 waits where a middleware sends in another way what it was given', async () => {
      const served = await serve(platform, {
        controllers: [ItemsController],
        elect: () => election.elect(),
        configure: app => {
          app.use(later);
        },
      });
      const answer = ask(served.port, '/value');
      await until(() => election.elected === 1, 'the election');
      await aWhile();
      election.end();
      expect((await answer).body.toString()).toBe('value');
      expect(await recordedRequests(served, 1)).toEqual(['200 /value']);
      expect(bytes(served, 200, '/value').out).toBe(5);
      expect(election.elected).toBe(1);
    });
  });
});
