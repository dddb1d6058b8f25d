import { Logger } from '@nestjs/common';

// What the library logs is asserted where it matters; elsewhere it would bury the results.
Logger.overrideLogger(false);
