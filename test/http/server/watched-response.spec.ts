import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { watchResponse, type ResponseWatcher } from '../../../lib/http/server/watched-response.js';

/** Overrides the methods, and calls those of its parent, as `inject()` of Fastify does. */
class OverridingResponse extends ServerResponse {
  override writeHead(status: number): this {
    return super.writeHead(status);
  }
}

const newRequest = (): IncomingMessage => new IncomingMessage(new Socket());

/** Notes the names of the calls, and passes them on. */
function watch(response: ServerResponse): string[] {
  const calls: string[] = [];
  const watcher: ResponseWatcher = {
    writeHead(original, ...args) {
      calls.push('writeHead');
      return original.apply(response, args);
    },
    write(original, ...args) {
      calls.push('write');
      return original.apply(response, args);
    },
    end(original, ...args) {
      calls.push('end');
      return original.apply(response, args);
    },
  };
  watchResponse(response, watcher);
  return calls;
}

describe('A watched response', () => {
  test('reports each call once, also if its class calls the methods of a watched parent', () => {
    const parent = watch(new ServerResponse(newRequest()));
    const response = new OverridingResponse(newRequest());
    const calls = watch(response);
    response.write('a');
    response.end('b');
    expect(calls).toEqual(['write', 'writeHead', 'end']);
    expect(parent).toEqual([]);
  });

  test('reports calls although another library has replaced a method of the response', () => {
    const response = new ServerResponse(newRequest());
    const { writeHead } = response;
    response.writeHead = writeHead.bind(response) as typeof writeHead;
    const calls = watch(response);
    response.end();
    expect(calls).toEqual(['end', 'writeHead']);
  });

  test('reports calls although another library has replaced a method by one that calls no method of Node', () => {
    watch(new ServerResponse(newRequest()));
    const response = new ServerResponse(newRequest());
    response.end = () => response;
    const calls = watch(response);
    response.end();
    expect(calls).toEqual(['end']);
  });

  test('has the methods of its class replaced once in a process, by whichever copy of the library comes first', async () => {
    watch(new ServerResponse(newRequest()));
    const { end } = ServerResponse.prototype;
    vi.resetModules();
    const other = await import('../../../lib/http/server/watched-response.js');
    const response = new ServerResponse(newRequest());
    let ends = 0;
    other.watchResponse(response, {
      writeHead: (original, ...args) => original.apply(response, args),
      write: (original, ...args) => original.apply(response, args),
      end: (original, ...args) => {
        ends += 1;
        return original.apply(response, args);
      },
    });
    response.end();
    expect(ServerResponse.prototype.end).toBe(end);
    expect(ends).toBe(1);
  });

  test('reports nothing of a response of the same class that is not watched', () => {
    const calls = watch(new ServerResponse(newRequest()));
    const other = new ServerResponse(newRequest());
    other.end('b');
    expect(other.writableEnded).toBe(true);
    expect(calls).toEqual([]);
  });
});
