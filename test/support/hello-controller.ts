import { Controller, Get } from '@nestjs/common';

/** One route, for applications that need any. */
@Controller()
export class HelloController {
  @Get('hello')
  hello(): string {
    return 'hello';
  }
}
