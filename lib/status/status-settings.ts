import type { RouteAuth } from '../routes/route-auth.js';

/** Settings of the status routes. Also the injection token. */
export abstract class StatusSettings {
  abstract readonly enabled: boolean;
  abstract readonly auth: RouteAuth;
}
