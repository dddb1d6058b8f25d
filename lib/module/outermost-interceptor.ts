import type { NestInterceptor } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/**
 * Keeps a global interceptor outside of all others, so that time limits of the application do not include its work. Nest
 * combines interceptors and handlers once: handlers that are made while the interceptor is taken out do not pass it.
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
