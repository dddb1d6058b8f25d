import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  Injectable,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Scope,
  SetMetadata,
  Sse,
  StreamableFile,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { of } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { TrackMetric } from '../../lib/track/track-metric.decorator.js';
import { Registry } from '../../lib/metrics/registry.js';
import { calls, cells } from '../http/server/cells.js';
import { ask, closeAfterEach, PLATFORMS, serve, until } from '../http/server/harness.js';
import { storeOf } from '../../lib/store/in-memory-store.js';

const registry = new Registry();

/** As the decorators of events, cron jobs and messages: it writes on the function. */
const OnEvent = (name: string): MethodDecorator => SetMetadata('event', name);

@Injectable({ scope: Scope.REQUEST })
class RequestScoped {
  constructor(@Inject(REQUEST) private readonly request: { url: string }) {}

  @TrackMetric('m', { registry })
  url(): string {
    return this.request.url;
  }
}

@Controller('tracked')
class TrackedController {
  private readonly greeting = 'hello';

  constructor(@Inject(RequestScoped) private readonly scoped: RequestScoped) {}

  @TrackMetric('m', { registry })
  @Get('above/:id')
  @Header('X-Own', 'yes')
  @HttpCode(203)
  above(@Param('id', ParseIntPipe) id: number, @Query('q') q: string): string {
    return `${this.greeting} ${id + 1} ${q}`;
  }

  @Post('below')
  @Header('X-Own', 'yes')
  @TrackMetric('m', { registry })
  below(@Body() body: object): object {
    return { ...body, greeting: this.greeting };
  }

  @Get('between')
  @TrackMetric('m', { registry })
  @OnEvent('below')
  between(): never {
    throw new Error('own');
  }

  @Get('scoped')
  getScoped(): string {
    return this.scoped.url();
  }

  @TrackMetric('m', { registry })
  @Sse('events')
  events(): unknown {
    return of({ data: 'one' }, { data: 'two' });
  }

  @Get('file')
  @TrackMetric('m', { registry })
  file(): StreamableFile {
    return new StreamableFile(Buffer.from('bytes'));
  }

  @Get('generated')
  @TrackMetric('m', { registry })
  async *generated(): AsyncGenerator<string> {
    yield 'a';
    yield 'b';
  }
}

@Controller('whole')
@TrackMetric('m-whole', { registry })
class WholeController {
  @Get('one/:id')
  @Header('X-Own', 'yes')
  one(@Param('id') id: string): string {
    return id;
  }

  @Post('two')
  async two(): Promise<string> {
    return 'two';
  }
}

describe.each(PLATFORMS)('@TrackMetric() on routes of %s', platform => {
  closeAfterEach();
  beforeEach(() => storeOf(registry).reset());

  const tracked = (): ReturnType<typeof serve> =>
    serve(platform, {
      controllers: [TrackedController, WholeController],
      providers: [RequestScoped],
    });

  it('works above the decorators of a route', async () => {
    const { port } = await tracked();
    const { status, headers, body } = await ask(port, '/tracked/above/41?q=x');
    expect([status, headers['x-own'], body.toString()]).toEqual([203, 'yes', 'hello 42 x']);
    expect((await ask(port, '/tracked/above/no')).status).toBe(400); // refused by the pipe, not called
    expect(calls(registry)).toEqual(['m/count ok: 1']);
  });

  it('works below the decorators of a route', async () => {
    const { port } = await tracked();
    const headers = { 'content-type': 'application/json' };
    const answer = await ask(port, '/tracked/below', { method: 'POST', headers, body: '{"a":1}' });
    expect([answer.status, answer.headers['x-own']]).toEqual([201, 'yes']);
    expect(JSON.parse(answer.body.toString())).toEqual({ a: 1, greeting: 'hello' });
    expect(calls(registry)).toEqual(['m/count ok: 1']);
  });

  it('works between them, where the route fails', async () => {
    const { port } = await tracked();
    expect((await ask(port, '/tracked/between')).status).toBe(500);
    expect(Reflect.getMetadata('event', TrackedController.prototype.between)).toBe('below');
    expect(calls(registry)).toEqual(['m/count error: 1']);
  });

  it('works on request-scoped providers', async () => {
    const { port } = await tracked();
    expect((await ask(port, '/tracked/scoped')).body.toString()).toBe('/tracked/scoped');
    expect(calls(registry)).toEqual(['m/count ok: 1']);
  });

  it('works on events, files and async iterables', async () => {
    const { port } = await tracked();
    expect((await ask(port, '/tracked/events')).body.toString()).toContain('data: two');
    expect((await ask(port, '/tracked/file')).body.toString()).toBe('bytes');
    expect((await ask(port, '/tracked/generated')).body.toString()).toBe('ab');
    await until(() => calls(registry)[0] === 'm/count ok: 3');
  });

  it('works on a whole controller', async () => {
    const { port } = await tracked();
    const one = await ask(port, '/whole/one/7');
    expect([one.status, one.headers['x-own'], one.body.toString()]).toEqual([200, 'yes', '7']);
    expect((await ask(port, '/whole/two', { method: 'POST' })).status).toBe(201);
    expect(cells(registry)).toEqual([
      'm-whole/count ok,one: 1',
      'm-whole/count ok,two: 1',
      'm-whole/durations ok,one: 1',
      'm-whole/durations ok,two: 1',
    ]);
  });
});
