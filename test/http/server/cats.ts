import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Redirect,
  Res,
  Sse,
  StreamableFile,
  UseGuards,
  type CanActivate,
} from '@nestjs/common';
import { concat, map, NEVER, of, Subject } from 'rxjs';
import { SkipMetrics } from '../../../lib/http/server/skip-metrics.decorator.js';
import { Device } from '../../../lib/targets/device.js';
import { withTarget } from '../../../lib/targets/with-target.js';
import { serve, type Platform, type Served } from './harness.js';

const refuse: CanActivate = { canActivate: () => false };
const deny: CanActivate = {
  canActivate: () => {
    throw new ForbiddenException();
  },
};

export interface RawResponse {
  statusCode: number;
  writeHead(status: number, headers?: object): void;
  write(chunk: string): void;
  end(chunk?: string): void;
  destroy(): void;
}

@Controller('cats')
export class CatsController {
  static release: () => void = () => {};
  static entered: () => void = () => {};
  static items = new Subject<{ data: string }>();

  @Get()
  list(): string {
    return 'héllo';
  }

  @Get('json')
  json(): object {
    return { name: 'Tom' };
  }

  @Post()
  create(@Body() body: unknown): object {
    return { type: typeof body };
  }

  @Get('crash')
  crash(): never {
    throw new Error('secret');
  }

  @Get('teapot')
  @HttpCode(418)
  teapot(): string {
    return '';
  }

  @Get('nothing')
  @HttpCode(204)
  nothing(): void {}

  @Get('forbidden')
  @UseGuards(refuse)
  forbidden(): string {
    return 'never';
  }

  @Get('moved')
  @Redirect('/cats', 302)
  moved(): void {}

  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(Readable.from([Buffer.alloc(70_000), Buffer.alloc(30_000)]));
  }

  @Get('buffer')
  buffer(): StreamableFile {
    return new StreamableFile(Buffer.alloc(1234));
  }

  @Sse('events')
  events(): unknown {
    return of('1', '2', '3').pipe(map(data => ({ data })));
  }

  @Sse('endless')
  endless(): unknown {
    return concat(of({ data: 'first' }), NEVER);
  }

  @Sse('items')
  onItem(): unknown {
    return CatsController.items;
  }

  @Get('raw')
  raw(@Res() response: RawResponse & { raw?: RawResponse; hijack?(): void }): void {
    response.hijack?.();
    const raw = response.raw ?? response;
    raw.writeHead(202, { 'X-Own': '1' });
    raw.write('ab');
    raw.write('cé');
    raw.end('d');
  }

  @Get('broken')
  broken(@Res() response: RawResponse & { raw?: RawResponse; hijack?(): void }): void {
    response.hijack?.();
    const raw = response.raw ?? response;
    raw.writeHead(200);
    raw.write('some');
    setTimeout(() => raw.destroy(), 10);
  }

  @Get('slow')
  async slow(): Promise<string> {
    CatsController.entered();
    await new Promise<void>(resolve => {
      CatsController.release = resolve;
    });
    return 'done';
  }

  @Get('skipped')
  @SkipMetrics()
  skipped(): string {
    return 'skipped';
  }

  @Get('skipped-crash')
  @SkipMetrics()
  skippedCrash(): never {
    throw new Error('skipped');
  }

  @Get('skipped-late')
  @SkipMetrics()
  @UseGuards(deny)
  skippedLate(): void {}

  @Get('skipped-early')
  @UseGuards(deny)
  @SkipMetrics()
  skippedEarly(): void {}

  @Get('device')
  device(@Res() response: { send(body: string): void }): void {
    withTarget(new Device({ hostname: 'printer' }), () => response.send('printed'));
  }

  @Get(':id/toys/:toy')
  toy(@Param('id') id: string): string {
    return id;
  }
}

@Controller('quiet')
@SkipMetrics()
class QuietController {
  @Get('a')
  a(): string {
    return 'a';
  }

  @Get('b')
  @Header('X-B', '1')
  b(): string {
    return 'b';
  }
}

export const cats = (
  platform: Platform,
  options: Partial<Parameters<typeof serve>[1]> = {},
): Promise<Served> =>
  serve(platform, { controllers: [CatsController, QuietController], ...options });

/** Resolves when the slow route was entered. */
export function slowEntered(): Promise<void> {
  return new Promise(resolve => {
    CatsController.entered = resolve;
  });
}
