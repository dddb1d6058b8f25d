import { type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Controller, Get, Head, Res } from '@nestjs/common';
import { Subject } from 'rxjs';
import { serve, type Platform, type Served } from './harness.js';
import { FakeElection, ItemsController } from './items.js';

export type AnyResponse = ServerResponse & { raw?: ServerResponse; hijack?(): void };

/** Node's own response, which the handler answers by itself. */
export function rawOf(response: AnyResponse): ServerResponse {
  response.hijack?.();
  return response.raw ?? response;
}

@Controller('own')
export class OwnController {
  static seen: unknown[] = [];

  @Get('end')
  end(@Res() response: AnyResponse): void {
    rawOf(response).end('whole');
  }

  @Get('callback')
  callback(@Res() response: AnyResponse): void {
    rawOf(response).end('whole', 'utf8', () => OwnController.seen.push('called back'));
  }

  @Get('end-of-nothing')
  endOfNothing(@Res() response: AnyResponse): void {
    rawOf(response).end();
  }

  @Get('chunked')
  chunked(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.write('one');
    raw.end('two');
  }

  @Get('with-length')
  withLength(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.writeHead(200, { 'Content-Length': 6 });
    raw.write('abc');
    raw.write('def');
    raw.end();
  }

  @Get('then-throws')
  thenThrows(@Res() response: AnyResponse): void {
    rawOf(response).end('sent');
    throw new Error('after the end');
  }

  @Get('seen')
  seen(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.end('seen');
    OwnController.seen.push(raw.headersSent, raw.writableEnded, raw.writableFinished);
    raw.once('finish', () => OwnController.seen.push(raw.writableEnded));
  }

  @Get('twice')
  twice(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.on('error', error => OwnController.seen.push((error as NodeJS.ErrnoException).code));
    raw.end('once');
    raw.write('more');
    raw.end('twice');
  }

  @Get('wrong-chunk')
  wrongChunk(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    try {
      raw.end(123 as unknown as string);
    } catch (error) {
      raw.end((error as NodeJS.ErrnoException).code);
    }
  }

  @Get('wrong-status')
  wrongStatus(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    try {
      raw.statusCode = 9999;
      raw.end('never');
    } catch (error) {
      raw.statusCode = 500;
      raw.end((error as NodeJS.ErrnoException).code);
    }
  }

  @Get('wrong-length')
  wrongLength(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.strictContentLength = true;
    raw.setHeader('Content-Length', 10);
    raw.flushHeaders();
    raw.end('short');
  }

  @Get('gzip')
  async gzip(@Res() response: AnyResponse): Promise<void> {
    const raw = rawOf(response);
    raw.setHeader('Content-Encoding', 'gzip');
    await pipeline(Readable.from(['x'.repeat(10_000)]), createGzip(), raw);
    OwnController.seen.push('piped');
  }

  @Get('not-modified')
  notModified(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.statusCode = 304;
    raw.setHeader('ETag', '"1"');
    raw.end();
  }

  @Head('head')
  head(@Res() response: AnyResponse): void {
    rawOf(response).end('a body that HEAD does not have');
  }
}

export let election = new FakeElection();

export const items = (platform: Platform): Promise<Served> =>
  serve(platform, {
    controllers: [ItemsController, OwnController],
    elect: () => election.elect(),
  });

/** Lets what would come too early come. */
export const aWhile = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 15));
/** Begins a test without what the last one has left. */
export function forget(): void {
  election = new FakeElection();
  OwnController.seen = [];
  ItemsController.items = new Subject();
  ItemsController.source = new Readable({ read() {} });
}
