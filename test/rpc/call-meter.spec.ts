import 'reflect-metadata';
import type { ExecutionContext } from '@nestjs/common';
import {
  KafkaContext,
  MessagePattern,
  MqttContext,
  NatsContext,
  RedisContext,
  RmqContext,
  RpcException,
  TcpContext,
  Transport,
} from '@nestjs/microservices';
import { EMPTY, NEVER, Subject, throwError, type Observable } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Registry } from '../../lib/entry/index.js';
import { ManualClock } from '../../lib/entry/testing.js';
import { log } from '../../lib/log.js';
import { CallMeter } from '../../lib/rpc/call-meter.js';
import { RpcMetrics } from '../../lib/rpc/rpc-metrics.js';
import { recordedCalls } from './recorded-calls.js';

class Shop {
  @MessagePattern('order')
  order(): void {}

  @MessagePattern([/^order\./, { cmd: 'order' }])
  several(): void {}

  undecorated(): void {}

  @MessagePattern({ service: 'Shop', rpc: 'Order', streaming: 'no_stream' }, Transport.GRPC)
  byGrpc(): void {}
}

const contextOf = (
  handler: keyof Shop,
  args: unknown[] = [undefined, new TcpContext([{} as never, 'order'])],
  type = 'rpc',
): ExecutionContext =>
  ({
    getType: () => type,
    getClass: () => Shop,
    // oxlint-disable-next-line typescript/unbound-method
    getHandler: () => Shop.prototype[handler],
    getArgByIndex: (index: number) => args[index],
  }) as unknown as ExecutionContext;

describe('CallMeter', () => {
  let registry: Registry;
  let clock: ManualClock;
  let meter: CallMeter;

  beforeEach(() => {
    registry = new Registry();
    clock = new ManualClock();
    meter = new CallMeter(new RpcMetrics(registry), clock);
  });

  const call = (context: ExecutionContext, answers: Observable<unknown> = EMPTY): string[] => {
    meter.measure(context, answers).subscribe({ error: () => {} });
    return recordedCalls(registry);
  };

  it.each([
    ['tcp', new TcpContext([{} as never, 'order'])],
    ['redis', new RedisContext(['order'])],
    ['nats', new NatsContext(['order', {}])],
    ['mqtt', new MqttContext(['order', {}])],
    ['rmq', new RmqContext([{}, {}, 'order'])],
    [
      'kafka',
      new KafkaContext([{} as never, 0, 'order', {} as never, async () => {}, {} as never]),
    ],
    ['custom', { of: 'a transport of the application' }],
    ['custom', undefined],
  ])('names the transport %s by the context of the message', (transport, context) => {
    expect(call(contextOf('order', ['tea', context]))).toEqual([`${transport} order ok 1`]);
  });

  it('names patterns that are no strings, and a handler without a pattern, by no text of a client', () => {
    call(contextOf('several'));
    expect(call(contextOf('undecorated'))).toEqual([
      'tcp  ok 1',
      'tcp /^order\\./,{"cmd":"order"} ok 1',
    ]);
  });

  it('ignores unknown kinds of calls, and references in a federation', () => {
    const source = new Subject();
    expect(meter.measure(contextOf('order', [], 'http'), source)).toBe(source);
    expect(meter.measure(contextOf('order', [], 'necord'), source)).toBe(source);
    expect(meter.measure(contextOf('order', [{}, {}, {}], 'graphql'), source)).toBe(source);
  });

  it('measures a call once, though two interceptors ask', () => {
    const context = contextOf('order');
    const measured = meter.measure(context, EMPTY);
    expect(meter.measure(context, measured)).toBe(measured);
  });

  it('measures from the subscription to the end, and a call that is left by its client as ok', () => {
    const source = new Subject();
    const left = meter.measure(contextOf('order'), source);
    clock.advance(1000);
    const subscription = left.subscribe();
    clock.advance(20);
    subscription.unsubscribe();
    clock.advance(1000);
    expect(recordedCalls(registry)).toEqual(['tcp order ok 1']);
    const fields = { transport: 'tcp', name: 'order', outcome: 'ok' };
    expect(new RpcMetrics(registry).durations.get(fields)?.sum).toBe(20);
  });

  it('R1 logs once that calls cannot be recorded, and lets them go on', () => {
    const error = vi.spyOn(log, 'error').mockImplementation(() => {});
    vi.spyOn(RpcMetrics.prototype as unknown as { cellsOf(): never }, 'cellsOf').mockImplementation(
      () => {
        throw new Error('broken');
      },
    );
    call(contextOf('order'));
    expect(call(contextOf('order'))).toEqual([]);
    expect(error).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
  });

  describe('of a gRPC call whose status cannot be watched', () => {
    it.each([
      ['OK', EMPTY],
      ['ABORTED', throwError(() => new RpcException({ code: 10, message: 'aborted' }))],
      ['NOT_FOUND', throwError(() => ({ code: 5 }))],
      ['UNKNOWN', throwError(() => new Error('unknown'))],
      ['UNKNOWN', throwError(() => ({ code: 99 }))],
      ['UNKNOWN', throwError(() => undefined)],
    ])('derives the status %s from the answers of the handler', (status, answers) => {
      const grpcCall = { once: () => {} };
      expect(call(contextOf('byGrpc', [{}, {}, grpcCall]), answers)).toEqual([
        `grpc Shop/Order ${status} 1`,
      ]);
    });

    it('does not count it before it has ended', () => {
      expect(call(contextOf('byGrpc', [{}, {}, { once: () => {} }]), NEVER)).toEqual([]);
    });
  });
});
