import { Logger } from '@nestjs/common';

// Tests of log lines spy on the logger. In all others the lines would only bury the results.
Logger.overrideLogger(false);
