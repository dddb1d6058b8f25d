import { Readable, Transform } from 'node:stream';
import {
  Controller,
  Get,
  HttpException,
  Post,
  Res,
  Sse,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import { Observable, of, Subject, throwError } from 'rxjs';

/** Elects every request while it is on, and flushes until it is told to end. */
export class FakeElection {
  elected = 0;
  ended = 0;
  private readonly ends: (() => void)[] = [];

  elect(): Promise<void> | undefined {
    this.elected += 1;
    return new Promise<void>(resolve => {
      this.ends.push(resolve);
    }).then(() => {
      this.ended += 1;
    });
  }

  end(): void {
    this.ends.splice(0).forEach(end => end());
  }
}

const again: AsyncIterable<string> = {
  async *[Symbol.asyncIterator]() {
    yield 'again';
  },
};

@Controller()
export class ItemsController {
  static items = new Subject<unknown>();
  static source = new Readable();

  @Get('value')
  value(): string {
    return 'value';
  }

  @Post('promise')
  async promise(): Promise<object> {
    return { a: 1 };
  }

  @Get('observable')
  observable(): Observable<string> {
    return of('first', 'last');
  }

  @Get('teapot')
  teapot(): never {
    throw new HttpException('teapot', 418);
  }

  @Get('crash')
  crash(): Observable<never> {
    return throwError(() => new Error('crash'));
  }

  @Get('refused')
  @UseGuards({ canActivate: () => false })
  refused(): void {}

  @Sse('events')
  events(): Observable<{ data: string }> {
    return ItemsController.items as Observable<{ data: string }>;
  }

  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(ItemsController.source);
  }

  @Get('file-with-length')
  fileWithLength(): StreamableFile {
    return new StreamableFile(ItemsController.source, { length: 10 });
  }

  @Get('transformed')
  transformed(): StreamableFile {
    const double = new Transform({
      transform(chunk, _encoding, done) {
        this.push(chunk);
        done(null, chunk);
      },
    });
    return new StreamableFile(ItemsController.source.pipe(double));
  }

  @Get('buffer')
  buffer(): StreamableFile {
    return new StreamableFile(Buffer.from('whole'));
  }

  @Get('generated')
  async *generated(): AsyncGenerator<string> {
    for await (const chunk of ItemsController.source) {
      yield String(chunk);
    }
  }

  @Get('again')
  again(): AsyncIterable<string> {
    return again;
  }

  @Get('readable')
  readable(): Readable {
    return ItemsController.source;
  }

  @Get('response')
  response(): Response {
    return new Response(Readable.toWeb(ItemsController.source) as ReadableStream, {
      status: 203,
      headers: { 'content-type': 'text/plain' },
    });
  }

  @Get('response-with-length')
  responseWithLength(): Response {
    return new Response('0123456789', { headers: { 'content-length': '10' } });
  }

  @Get('raw')
  raw(@Res() response: { send(body: string): void }): void {
    response.send('raw');
  }
}
