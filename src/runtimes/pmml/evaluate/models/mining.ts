import type { MiningModel, Segment } from '../../parse/mining-model.js';
import type { Model } from '../../parse/model.js';
import { refuseLine } from '../compilation.js';
import type { ModelContext } from '../model-context.js';
import type { CompiledModel, ModelBody, Outcome } from '../outcome.js';
import type { OutputCode } from '../outputs.js';
import { compilePredicate, TRUE } from '../predicate.js';
import type { Row } from '../row.js';
import { aggregateClasses } from './aggregate-classes.js';
import { aggregateNumbers } from './aggregate-numbers.js';
import { numberOf, translation, unionOf, type Member } from './member.js';

type CompileSegmentModel = (model: Model, outer: ModelContext) => CompiledModel;

/** https://dmg.org/pmml/v4-4-1/MultipleModels.html */
export function compileMining(model: MiningModel, context: ModelContext, compileSegmentModel: CompileSegmentModel): ModelBody {
  const isChain = model.method === 'modelChain';
  const members: Member[] = [];
  for (const [place, segment] of model.segments.entries()) {
    const member = compileMember(segment, place, context, compileSegmentModel);
    members.push(member);
    if (isChain) defineOutputs(member.model.outputs, context, segment.model.line);
  }
  const keeps = model.outputFields.some(field => field.segmentId !== undefined) || model.method === 'selectAll';
  switch (model.method) {
    case 'modelChain':
      return withSegments(chain(members, keeps), members);
    case 'selectFirst':
      return withSegments(selectFirst(members, context, keeps), members);
    case 'selectAll':
      if (context.outer !== undefined) refuseLine(model.line, 'selectAll gives several results, which only the outermost model may do');
      return { ...withSegments(selectAll(members), members), selectsAll: true };
    default: {
      const body =
        model.functionName === 'regression' ? aggregateNumbers(model, members, context) : aggregateClasses(model, members, context);
      return { ...withSegments(keeps ? keeping(body, members) : body, members), inner: [] };
    }
  }
}

function compileMember(segment: Segment, place: number, context: ModelContext, compileSegmentModel: CompileSegmentModel): Member {
  return {
    id: segment.id ?? String(place + 1),
    test: compilePredicate(segment.predicate, context.scope),
    weight: context.round(segment.weight),
    model: compileSegmentModel(segment.model, context),
  };
}

/** What a segment of a chain gives is a field for those after it. */
function defineOutputs(outputs: readonly OutputCode[], context: ModelContext, line: number): void {
  for (const { name, type, slot } of outputs)
    context.scope.define(name, () => ({ ...type, cost: 1, evaluate: row => row.get(slot) }), line);
}

function withSegments(body: ModelBody, members: readonly Member[]): ModelBody {
  const inner = members.flatMap(({ model }) => [...model.outputs, ...(model.inner ?? [])]);
  return { ...body, segments: members, inner };
}

/** Segments one after the other; the result is that of the last one that runs. */
function chain(members: readonly Member[], keeps: boolean): ModelBody {
  const last = members.at(-1)!.model;
  const classes = unionOf(members.filter(({ model }) => model.functionName === last.functionName));
  const translate = members.map(({ model }) => translation(model, classes));
  return {
    classes,
    entities: last.entities,
    givesProbabilities: last.givesProbabilities,
    evaluate: row => {
      const segments: (Outcome | undefined)[] = [];
      let result: Outcome | undefined;
      for (let i = 0; i < members.length; i++) {
        const { test, model } = members[i]!;
        if (test(row) !== TRUE) continue;
        const outcome = model.evaluate(row);
        model.runOutputs(row, outcome);
        if (keeps) segments[i] = outcome;
        result = translate[i]!(outcome);
      }
      return keeps && result !== undefined ? { ...result, segments } : result;
    },
  };
}

/** The first segment whose predicate is true. */
function selectFirst(members: readonly Member[], context: ModelContext, keeps: boolean): ModelBody {
  const classes = unionOf(members);
  const translate = members.map(({ model }) => translation(model, classes));
  const first = (row: Row): number => members.findIndex(member => member.test(row) === TRUE);
  const isNumber = context.head.functionName === 'regression';
  return {
    classes,
    givesProbabilities: members.some(({ model }) => model.givesProbabilities !== false),
    evaluate: row => {
      const place = first(row);
      if (place < 0) return undefined;
      const { model } = members[place]!;
      const outcome = model.evaluate(row);
      model.runOutputs(row, outcome);
      const result = translate[place]!(outcome);
      if (!keeps || result === undefined) return result;
      const segments: (Outcome | undefined)[] = [];
      segments[place] = outcome;
      return { ...result, segments };
    },
    ...(isNumber && {
      number: (row: Row) => {
        const place = first(row);
        return place < 0 ? NaN : numberOf(members[place]!.model, row);
      },
    }),
  };
}

/** Every segment whose predicate is true, each with its own result. */
function selectAll(members: readonly Member[]): ModelBody {
  return {
    classes: [],
    evaluate: row => {
      const segments = members.map(({ test, model }) => (test(row) === TRUE ? model.evaluate(row) : undefined));
      return segments.every(segment => segment === undefined) ? undefined : { predicted: undefined, segments };
    },
  };
}

/** A body that also tells what each segment said, for output fields that ask. */
function keeping(body: ModelBody, members: readonly Member[]): ModelBody {
  return {
    ...body,
    evaluate: row => {
      const outcome = body.evaluate(row);
      const segments = members.map(({ test, model }) => (test(row) === TRUE ? model.evaluate(row) : undefined));
      return outcome && { ...outcome, segments };
    },
  };
}
