// Runs the triage example; the language model is OpenAI's where OPENAI_API_KEY is set, a stand-in elsewhere.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const explainer = process.env.OPENAI_API_KEY ? 'explainer-openai.sql' : 'explainer-mock.sql';
const scripts = [`examples/triage/${explainer}`, 'examples/triage/triage.sql'];
rmSync('out/triage', { recursive: true, force: true });
console.error(`$ millrace run ${scripts.join(' ')}`);
const child = spawn(process.execPath, ['dist/cli/main.js', 'run', ...scripts], { stdio: 'inherit' });
// Ctrl-C reaches the child by itself; this process waits for its graceful end.
process.on('SIGINT', () => {});
child.on('exit', code => {
  process.exitCode = code ?? 1;
});
