import { mergeConfig } from 'vitest/config';
import config from './vitest.config.js';

/** The model with a million schedules, from another seed each time. */
export default mergeConfig(config, {
  test: { env: { MODEL_SCHEDULES: '1000000', MODEL_FIRST_SEED: String(Date.now()) } },
});
