import type { NestInterceptor } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/**
 * A global interceptor that lies outside all others, so that the application's own time limits do not count what it
 * does. Nest puts interceptors and handlers together once, so that handlers do not pass one that is out at that time.
 */
export class OutermostInterceptor {
  constructor(
    private readonly applicationConfig: ApplicationConfig,
    private readonly interceptor: NestInterceptor,
  ) {
    this.putFirst();
  }

  putFirst(): void {
    this.takeOut();
    this.applicationConfig.getGlobalInterceptors().unshift(this.interceptor);
  }

  takeOut(): void {
    const all = this.applicationConfig.getGlobalInterceptors();
    const place = all.indexOf(this.interceptor);
    if (place !== -1) {
      all.splice(place, 1);
    }
  }
}
