import promBundle from 'express-prom-bundle';
import type { Subject } from '../subject.js';

export const subject: Subject = {
  install(app) {
    app.use(promBundle({ includeMethod: true, includePath: true }));
  },
};
