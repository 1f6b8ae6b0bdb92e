// Fails when a file imports from a folder that its own folder may not see, or when there is nothing to check.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Folder under src/ -> folders it may import besides itself. The whole architecture, in one table. */
const MAY_IMPORT = {
  common: [],
  spec: ['common'],
  kit: ['common', 'spec'],
  sql: ['common'],
  catalog: ['common', 'spec', 'sql'],
  planner: ['common', 'spec', 'sql', 'catalog'],
  inference: ['common', 'spec'],
  engine: ['common', 'spec', 'planner'],
  connectors: ['common', 'spec', 'kit'],
  formats: ['common', 'spec', 'kit'],
  providers: ['common', 'spec', 'kit'],
  runtimes: ['common', 'spec', 'kit'],
  stores: ['common', 'spec', 'kit'],
  loader: ['common', 'spec', 'kit'],
  config: ['common', 'spec'],
  telemetry: ['common', 'inference', 'engine'],
  session: ['common', 'spec', 'sql', 'catalog', 'planner', 'inference', 'engine', 'loader', 'telemetry', 'config'],
  testing: ['common', 'spec', 'kit', 'sql', 'session', 'extensions.ts'],
  library: ['common', 'spec', 'kit', 'inference', 'loader', 'session', 'config', 'extensions.ts'],
  cli: ['common', 'spec', 'kit', 'session', 'telemetry', 'config', 'testing', 'extensions.ts'],
};
/** In these folders a sub-folder is a world of its own: it may not see its siblings. */
const SEALED = new Set(['connectors', 'formats', 'providers', 'runtimes', 'stores', 'engine']);
/** Modules with one importing folder each. */
const ONLY_IN = {
  'node:http': ['testing', 'telemetry'],
  undici: ['kit'],
  lmdb: ['engine', 'stores'],
  'onnxruntime-node': ['kit'],
  protobufjs: ['kit', 'runtimes'],
  saxes: ['runtimes', 'loader'],
  yauzl: ['runtimes'],
  '@node-rs/crc32': ['runtimes', 'loader'],
  'farmhash-modern': ['runtimes'],
  snappyjs: ['runtimes'],
  '@huggingface/tokenizers': ['kit', 'runtimes'],
  commander: ['cli'],
  ioredis: ['stores'],
  pino: ['cli'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/sdk-metrics': ['telemetry'],
  '@opentelemetry/exporter-prometheus': ['telemetry'],
  // Reads process.env, files and metadata services by itself.
  '@aws-sdk/credential-provider-node': ['config'],
  '@smithy/signature-v4': ['kit'],
};
/** Files outside the table: what the package publishes, and the generated registry. */
const COMPOSITION = new Set(['index.ts', 'extensions.ts']);

const root = resolve('src');
const files = readdirSync(root, { recursive: true }).filter(name => name.endsWith('.ts'));
const problems = [];
for (const file of files) {
  if (COMPOSITION.has(file)) continue;
  const [folder, sub] = file.split('/');
  if (!(folder in MAY_IMPORT)) {
    problems.push(`${file}: folder ${folder} is not in the table`);
    continue;
  }
  const isTest = /\.test(\.fixture)?\.ts$/.test(file);
  const allowed = isTest ? [...MAY_IMPORT[folder], 'testing'] : MAY_IMPORT[folder];
  const text = readFileSync(join(root, file), 'utf8');
  for (const [, target] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    const to = relative(root, resolve(root, dirname(file), target)).replace(/\.js$/, '.ts');
    const [toFolder, toSub] = to.split('/');
    const sibling = toFolder === folder && SEALED.has(folder) && toSub !== sub;
    const upward = toFolder !== folder && !allowed.includes(toFolder);
    if (sibling || upward) problems.push(`${file}: ${folder} may not import ${to}`);
  }
  if (isTest) continue;
  for (const [, name] of text.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)) {
    if (ONLY_IN[name] && !ONLY_IN[name].includes(folder)) problems.push(`${file}: only ${ONLY_IN[name].join(', ')} may import ${name}`);
  }
  if (text.includes('process.env') && folder !== 'config') problems.push(`${file}: only config may read process.env`);
}
for (const problem of problems) console.error(problem);
console.log(`layers: ${files.length} files, ${problems.length} problems`);
if (problems.length > 0 || files.length === 0) process.exit(1);
