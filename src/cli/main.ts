#!/usr/bin/env node
import { processContext } from './process-host.js';
import { runProgram } from './program.js';
import { reportError } from './report-error.js';

const context = processContext();
try {
  process.exitCode = await runProgram(process.argv.slice(2), context);
} catch (thrown) {
  void context.stderr.write(`${reportError(thrown)}\n`);
  process.exitCode = 1;
}
