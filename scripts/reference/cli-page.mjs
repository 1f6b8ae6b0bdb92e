// docs/reference/cli.md: what --help prints.
import { spawnSync } from 'node:child_process';
import { simulators } from '../../dist/cli/simulators.js';
import { pageHead } from './markdown.mjs';

const COMMANDS = [[], ['run'], ['check'], ['explain'], ['simulate'], ...simulators.map(({ name }) => ['simulate', name])];

export function cliPage() {
  return [
    ...pageHead('Command line'),
    '[Operations](../guide/operations.md) tells about exit codes, signals, state and progress.',
    ...COMMANDS.flatMap(command => ['', `## ${['millrace', ...command].join(' ')}`, '', '```text', helpOf(command), '```']),
    '',
  ].join('\n');
}

/** In a process of its own: without a terminal, lines are 80 characters wide everywhere. */
function helpOf(command) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', ...command, '--help'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`millrace ${command.join(' ')} --help failed:\n${stderr}`);
  return stdout.trim();
}
