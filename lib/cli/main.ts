#!/usr/bin/env node
import { inspect } from 'node:util';
import { EXIT_CODES } from './command.js';
import { runCommandLine } from './run-command-line.js';

// A reader such as `head` closes the pipe when it has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') {
    throw error;
  }
});

// Not awaited: with a top-level await the bundler would put the monitors into more files.
void runCommandLine(process.argv.slice(2), {
  print: text => process.stdout.write(`${text}\n`),
  complain: text => process.stderr.write(`${text}\n`),
})
  .catch((error: unknown) => {
    process.stderr.write(`nestjs-tsmon failed, which is a bug: ${inspect(error)}\n`);
    return EXIT_CODES.failed;
  })
  .then(exitCode => {
    // The process ends by itself: process.exit() would cut off what a pipe has not taken yet.
    process.exitCode = exitCode;
  });
