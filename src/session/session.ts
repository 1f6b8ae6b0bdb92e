import { join } from 'node:path';
import { Catalog } from '../catalog/catalog.js';
import { MillraceError, MillraceErrors } from '../common/error.js';
import { notRun } from '../common/not-run.js';
import type { ModelUsage, UsageCounter } from '../inference/usage.js';
import { checkBounded } from '../engine/embedded/check-bounded.js';
import { memoryCheckpointStore, type CheckpointStore } from '../engine/embedded/checkpoint/checkpoint-store.js';
import { openLmdbCheckpointStore } from '../engine/embedded/checkpoint/lmdb-checkpoint-store.js';
import type { JobObserver } from '../engine/embedded/job-observer.js';
import { EmbeddedJob } from '../engine/embedded/job.js';
import { toPlanningError } from '../planner/binder/plan-limits.js';
import { execNodes, type ExecNode } from '../planner/physical/exec-node.js';
import { createFunctionRegistry } from '../planner/functions/function-registry.js';
import { STRING } from '../spec/data-type.js';
import type { FunctionDefinition } from '../spec/user-function.js';
import type { CreateTable } from '../sql/ast/ddl.js';
import type { Explain, Script, Statement, StatementKind } from '../sql/ast/statement.js';
import { parseScript } from '../sql/parser.js';
import { alter } from './alter.js';
import { createModel, createView, drop, type CatalogContext } from './change-catalog.js';
import { createFunction, registerFunction } from './change-function.js';
import { createNamespace, use } from './change-namespace.js';
import { checkSearch } from './check-search.js';
import { checkScript } from './check-script.js';
import { defineTable, putTable } from './create-table.js';
import { DeadLetterFactory } from './dead-letter-factory.js';
import { describeObject } from './describe.js';
import { explainPlan, explainWithDetails, type ExplainContext } from './explain.js';
import { FollowUps } from './follow-ups.js';
import type { SessionHost } from './host.js';
import { jobEnvironment } from './job-environment.js';
import { ModelFactory } from './model-factory.js';
import { planStatement, type JobPlan, type JobSource, type PlanOptions } from './plan-statement.js';
import { Replays } from './replay/replays.js';
import { SessionTelemetry } from './session-telemetry.js';
import { Settings } from './settings.js';
import { showCreate } from './show-create.js';
import { showObjects } from './show.js';
import type { RowConsumer, StatementResult } from './statement-result.js';
import { TableFactory } from './table-factory.js';

export interface ExecuteOptions {
  /** Takes the rows of a SELECT. */
  readonly consumer: RowConsumer;
  /** Most rows of a SELECT; absent for all. */
  readonly limit?: number | undefined;
  /** Keeps the checkpoints of a job; called once per job. Absent: nothing survives the process. */
  readonly openStore?: ((job: { readonly name: string; readonly plan: JobPlan }) => Promise<CheckpointStore>) | undefined;
}

/** A catalog with settings, and the statements that change and read them. The composition root of the embedded engine. */
export class Session {
  readonly #host: SessionHost;
  readonly #settings: Settings;
  readonly #context: CatalogContext;
  readonly #models: ModelFactory;
  readonly #tables: TableFactory;
  readonly #telemetry: SessionTelemetry;
  readonly #deadLetters: DeadLetterFactory;
  readonly #followUps = new FollowUps();
  /** Uses of each job name: state in a folder belongs to one job. */
  readonly #jobNames = new Map<string, number>();

  constructor(host: SessionHost) {
    this.#host = host;
    this.#settings = new Settings(host.environment, host.warn);
    this.#tables = new TableFactory(host, this.#settings, request => this.#models.openModelFile(request));
    const catalog = new Catalog();
    this.#telemetry = new SessionTelemetry({ host, mask: this.#settings.mask, usage: () => this.usage() });
    this.#models = new ModelFactory({
      host,
      settings: this.#settings,
      catalog,
      telemetry: this.#telemetry,
      findScorer: name => this.#tables.findModel(name, catalog),
      leaseScorer: name => this.#tables.leaseNamed(name, catalog),
    });
    this.#deadLetters = new DeadLetterFactory({ catalog, models: this.#models, tables: this.#tables, settings: this.#settings });
    this.#context = {
      catalog,
      functions: createFunctionRegistry(),
      tables: this.#tables,
      models: this.#models,
      loadModule: host.loadModule,
    };
  }

  /** What each model did so far, by name. */
  usage(): ReadonlyMap<string, ModelUsage> {
    return new Map([...this.#models.usage].map(([name, counter]: [string, UsageCounter]) => [name, counter.snapshot()]));
  }

  /** IANA name of the zone in which TIMESTAMP_LTZ is shown. */
  get timeZone(): string {
    return this.#settings.zone.name;
  }

  /** The statements of a text. @throws {MillraceErrors} with every syntax error. */
  parse(text: string): Script {
    const { script, errors } = parseScript(text);
    if (errors.length > 0) throw new MillraceErrors(errors);
    return script;
  }

  /** As SET. @throws {MillraceError} without a span. */
  set(key: string, value: string): void {
    this.#settings.set(key, value);
  }

  /**
   * Runs one statement; a job is started, not waited for.
   *
   * @throws {MillraceError | MillraceErrors}
   */
  execute(statement: Statement, options: ExecuteOptions): Promise<StatementResult> {
    const run = HANDLERS[statement.kind] as Handler<StatementKind>;
    return this.#placed(statement, async () => run(statement, { ...this.#parts(), options }));
  }

  /**
   * Goes through a script without running jobs: definitions take effect, queries are planned.
   *
   * @returns all problems, in the order of the text.
   */
  check(text: string): Promise<MillraceError[]> {
    const check = async (statement: Statement): Promise<void> => {
      await this.#define(statement, plan => this.#checkJob(plan));
    };
    return checkScript(text, { check, followUps: this.#followUps });
  }

  /**
   * Goes on in a script without running jobs: a definition takes effect.
   *
   * @returns the plan of the job that the statement would run.
   * @throws {MillraceError | MillraceErrors}
   */
  define(statement: Statement): Promise<JobPlan | undefined> {
    return this.#placed(statement, () => this.#define(statement, () => Promise.resolve()));
  }

  async #define(statement: Statement, check: (plan: JobPlan) => Promise<void>): Promise<JobPlan | undefined> {
    if (statement.kind === 'create-table') return this.#defineTable(statement, check);
    if (!isJob(statement)) {
      await this.execute(statement, { consumer: NO_CONSUMER });
      return undefined;
    }
    const plan = this.#plan(statement);
    await check(plan);
    return plan;
  }

  /** The table takes effect; what fills it is planned and not run. */
  async #defineTable(node: CreateTable, check: (plan: JobPlan) => Promise<void>): Promise<JobPlan | undefined> {
    const defined = await defineTable(node, this.#context);
    if (!defined) return undefined;
    const { table, insert } = defined;
    const plan = insert && this.#plan(insert, { target: table });
    if (plan) await check(plan);
    putTable(defined, this.#context.catalog);
    return plan;
  }

  /** The dead letters of models, and their replay through the statements of this session. */
  get replays(): Replays {
    const { tables, models } = this.#context;
    return new Replays({
      host: this.#host,
      settings: this.#settings,
      telemetry: this.#telemetry,
      tables,
      models,
      deadLetters: this.#deadLetters,
    });
  }

  async #checkJob({ physical }: JobPlan): Promise<void> {
    const nodes = execNodes(physical);
    const endless = new Set<ExecNode>();
    for (const node of nodes) {
      if (node.kind === 'PredictExec') {
        await this.#models.declarations.checkCall(node.call);
        await this.#deadLetters.check(node);
      }
      if (node.kind === 'VectorSearchExec') checkSearch(node);
      if (node.kind === 'LookupJoinExec') await this.#tables.checkLookup(node);
      if (node.kind === 'SourceExec' && (await this.#tables.isEndless(node.table, node.hints))) endless.add(node);
    }
    checkBounded(nodes, source => endless.has(source));
  }

  /**
   * Makes a function known in all databases, before the built-in ones, as CREATE TEMPORARY SYSTEM FUNCTION does.
   *
   * @throws {MillraceError} `FUNCTION_LOAD`, `ALREADY_EXISTS` or `INVALID_ARGUMENT`, without a place.
   */
  addFunction(name: string, definition: FunctionDefinition): void {
    registerFunction(name, definition, this.#context.catalog);
  }

  /** The plan of a statement that runs as a job, as text. */
  explain(statement: JobSource): string {
    return explainPlan(this.#plan(statement));
  }

  /** Closes what models share. Jobs must have settled. */
  async close(): Promise<void> {
    this.#tables.close();
    await this.#models.close();
    this.#telemetry.close();
  }

  #plan(statement: JobSource, options: PlanOptions = {}): JobPlan {
    const { runtimeMode } = this.#settings;
    return planStatement(statement, { ...this.#context, ...options, mode: runtimeMode, withoutRules: this.#host.withoutRules });
  }

  #parts(): Omit<HandlerContext, 'options'> {
    return {
      ...this.#context,
      host: this.#host,
      settings: this.#settings,
      telemetry: this.#telemetry,
      deadLetters: this.#deadLetters,
      plan: (statement, options) => this.#plan(statement, options),
      nextJobName: () => this.#nextJobName(),
    };
  }

  /** `job-1`, `job-2` …, or the `pipeline.name` with a number from its second use on. */
  #nextJobName(): string {
    const name = this.#settings.options['pipeline.name'] ?? 'job';
    const uses = (this.#jobNames.get(name) ?? 0) + 1;
    this.#jobNames.set(name, uses);
    return name !== 'job' && uses === 1 ? name : `${name}-${uses}`;
  }

  async #placed<T>(statement: Statement, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (thrown) {
      const placed = (error: MillraceError): MillraceError => (error.domain === 'user' ? error.at(statement.span) : error);
      if (thrown instanceof MillraceErrors) throw new MillraceErrors(thrown.errors.map(placed));
      throw placed(toPlanningError(thrown));
    }
  }
}

export type { JobPlan, ModelUsage, Statement };

/** Whether a statement runs as a job. */
export function isJob(statement: Statement): statement is JobSource {
  return statement.kind === 'query-statement' || statement.kind === 'insert' || statement.kind === 'statement-set';
}

/** Keeps the checkpoints of each job in a folder of its own below `path`. */
export function stateIn(path: string): NonNullable<ExecuteOptions['openStore']> {
  return ({ name, plan }) => openLmdbCheckpointStore({ path: join(path, folderName(name)), plan: plan.fingerprint });
}

/** A job's name as the name of one folder. */
function folderName(name: string): string {
  return encodeURIComponent(name).replaceAll('.', '%2E');
}

const NO_CONSUMER: RowConsumer = { begin() {}, write() {}, end() {} };

interface HandlerContext extends CatalogContext {
  readonly host: SessionHost;
  readonly settings: Settings;
  readonly telemetry: SessionTelemetry;
  readonly deadLetters: DeadLetterFactory;
  readonly options: ExecuteOptions;
  readonly plan: (statement: JobSource, options?: PlanOptions) => JobPlan;
  readonly nextJobName: () => string;
}

type Handler<Kind extends StatementKind> = (
  statement: Extract<Statement, { kind: Kind }>,
  context: HandlerContext,
) => StatementResult | Promise<StatementResult>;

const HANDLERS: { readonly [Kind in StatementKind]: Handler<Kind> } = {
  'create-table': createTable,
  'create-view': (node, context) => done(createView(node, context)),
  'create-model': async (node, context) => done(await createModel(node, context)),
  'create-function': async (node, context) => done(await createFunction(node, context)),
  'create-namespace': (node, { catalog }) => done(createNamespace(node, catalog)),
  drop: (node, context) => done(drop(node, context)),
  alter: async (node, context) => done(await alter(node, context)),
  set: (node, { settings }) => {
    if (node.key === undefined)
      return {
        kind: 'rows',
        fields: [
          { name: 'key', type: STRING },
          { name: 'value', type: STRING },
        ],
        rows: settings.entries(),
      };
    settings.set(node.key, node.value!);
    return done(`"${node.key}" set`);
  },
  reset: (node, { settings }) => {
    settings.reset(node.key);
    return done(node.key === undefined ? 'all settings reset' : `"${node.key}" reset`);
  },
  use: (node, { catalog }) => done(use(node, catalog)),
  show: showObjects,
  'show-create': (node, { catalog }) => showCreate(node, catalog),
  describe: describeObject,
  insert: startJob,
  'statement-set': startJob,
  'query-statement': startJob,
  explain: async (node, context) => ({ kind: 'text', text: await explain(node, context) }),
  job: ({ span }) => {
    throw notRun('SHOW JOBS, DESCRIBE JOB and STOP JOB', span);
  },
  'flink-statement': ({ name, span }) => {
    throw notRun(name, span);
  },
};

function done(message: string): StatementResult {
  return { kind: 'done', message };
}

/** CREATE TABLE; with AS, the job that fills it. Nothing is left of a table whose job cannot start. */
async function createTable(node: CreateTable, context: HandlerContext): Promise<StatementResult> {
  const name = node.name.parts.at(-1)!.name;
  const defined = await defineTable(node, context);
  if (!defined) return done(`table "${name}" exists`);
  const { table, insert } = defined;
  const plan = insert && context.plan(insert, { target: table });
  const undo = putTable(defined, context.catalog);
  if (!plan) return done(`table "${name}" created`);
  try {
    return await start(plan, context);
  } catch (thrown) {
    undo();
    throw thrown;
  }
}

async function startJob(statement: JobSource, context: HandlerContext): Promise<StatementResult> {
  return start(context.plan(statement, { limit: context.options.limit }), context);
}

/** Nobody is told of a job that only reads a sample. */
const NOBODY: JobObserver = { restored() {}, checkpointTaken() {}, checkpointFailed() {} };

async function explain({ statement, details }: Explain, context: HandlerContext): Promise<string> {
  const { host, settings, tables, models, deadLetters, plan } = context;
  const startSample: ExplainContext['start'] = async (sinks, consumer) => {
    const job = { name: 'sample', statement: '' };
    const store = memoryCheckpointStore();
    const sample = new EmbeddedJob(
      job.name,
      sinks,
      jobEnvironment({ host, settings, tables, models, deadLetters, job, store, consumer, observer: NOBODY }),
    );
    await sample.start();
    return sample;
  };
  return explainWithDetails(plan(statement), details, { tables, models, clock: host.clock, start: startSample });
}

async function start(planned: JobPlan, context: HandlerContext): Promise<StatementResult> {
  const { host, settings, telemetry, tables, models, deadLetters, options } = context;
  const name = context.nextJobName();
  const store = options.openStore ? await options.openStore({ name, plan: planned }) : memoryCheckpointStore();
  const job = new EmbeddedJob(
    name,
    planned.physical,
    jobEnvironment({
      host,
      settings,
      tables,
      models,
      deadLetters,
      job: { name, statement: planned.fingerprint },
      store,
      consumer: options.consumer,
      observer: telemetry.jobObserver(name),
    }),
  );
  telemetry.follow(job);
  await job.start();
  return { kind: 'job', job };
}
