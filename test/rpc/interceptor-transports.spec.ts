import type { ExecutionContext } from '@nestjs/common';
import { Observable, of, Subject, throwError } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { TsmonInterceptor } from '../../lib/rpc/tsmon.interceptor.js';
import { until } from '../http/server/harness.js';
import { RequestsUnderWay } from '../../lib/flush/requests-under-way.js';
import { UNMEASURED } from './unmeasured.js';
import { FakeElection } from '../http/server/items.js';

let election = new FakeElection();
let requests = new RequestsUnderWay(true);

function contextOf(type: string, args: unknown[]): ExecutionContext {
  return {
    getType: () => type,
    getArgByIndex: (index: number) => args[index],
  } as unknown as ExecutionContext;
}

describe('TsmonInterceptor where hooks watch the request', () => {
  const request = {};
  const watching = new RequestsUnderWay(true);
  watching.setWatched(one => one === request);

  it.each([
    ['a request', 'http', [request]],
    ['an operation of GraphQL', 'graphql', [undefined, {}, { req: request }]],
  ])('F1 leaves the election of %s to them, and adds nothing', (_name, type, args) => {
    const source = new Subject();
    const handle = { handle: () => source };
    const interceptor = new TsmonInterceptor(election, watching, UNMEASURED);
    expect(interceptor.intercept(contextOf(type, args), handle)).toBe(source);
  });

  it.each([
    ['another request', 'http', [{}]],
    ['a handler of another kind that Nest calls so', 'http', ['text']],
    ['a message', 'rpc', [request]],
    ['a message of a gateway', 'ws', [request]],
    ['an operation without a request', 'graphql', [undefined, {}, {}]],
    ['an operation without a context', 'graphql', [undefined, {}]],
    ['an operation in a context that is a text', 'graphql', [undefined, {}, 'text']],
  ])('F1 elects %s', (_name, type, args) => {
    election = new FakeElection();
    new TsmonInterceptor(election, watching, UNMEASURED)
      .intercept(contextOf(type, args), { handle: () => of(1) })
      .subscribe();
    expect(election.elected).toBe(1);
    election.end();
  });
});

describe('TsmonInterceptor on other transports', () => {
  const intercept = (type: string, source: Observable<unknown>): Observable<unknown> =>
    new TsmonInterceptor(election, requests, UNMEASURED).intercept(
      contextOf(type, [undefined, undefined, undefined]),
      { handle: () => source },
    );

  beforeEach(() => {
    election = new FakeElection();
  });

  it.each(['rpc', 'ws', 'graphql'])('F2 lets items of %s pass and keeps the end', async type => {
    const log: unknown[] = [];
    intercept(type, of(1, 2)).subscribe({
      next: value => log.push(value),
      complete: () => log.push('end'),
    });
    expect(log).toEqual([1, 2]);
    expect(election.elected).toBe(1);
    election.end();
    await until(() => log.length === 3);
    expect(log).toEqual([1, 2, 'end']);
  });

  it('F2 keeps an error, and passes it on unchanged', async () => {
    const error = new Error('own');
    const log: unknown[] = [];
    intercept(
      'rpc',
      throwError(() => error),
    ).subscribe({ error: caught => log.push(caught) });
    expect(log).toEqual([]);
    election.end();
    await until(() => log.length === 1);
    expect(log[0]).toBe(error);
  });

  it('F2 does not cancel the flush when nobody listens any longer', async () => {
    const log: unknown[] = [];
    intercept('rpc', of(1))
      .subscribe({ complete: () => log.push('end') })
      .unsubscribe();
    election.end();
    await until(() => election.ended === 1);
    expect(log).toEqual([]);
  });

  it('unsubscribes from the handler when nobody listens any longer', () => {
    const source = new Subject();
    const subscription = intercept('rpc', source).subscribe();
    expect(source.observed).toBe(true);
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
    expect(election.elected).toBe(0);
  });

  it.each(['rpc', 'ws', 'graphql'])(
    'a call of %s is under way as long as its handler runs',
    type => {
      requests = new RequestsUnderWay(true);
      const source = new Subject();
      const call = intercept(type, source);
      expect(requests.counts).toBe(false);
      const ended = call.subscribe({ error: () => undefined });
      const cancelled = call.subscribe();
      expect(requests.counts).toBe(true);
      cancelled.unsubscribe();
      expect(requests.counts).toBe(true);
      ended.unsubscribe();
      expect(requests.counts).toBe(false);
    },
  );
});
