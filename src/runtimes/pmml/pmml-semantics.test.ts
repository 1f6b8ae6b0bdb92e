import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { CLASSES, documentOf, expressionOf, NUMBERS, runDocument } from './document.test.fixture.js';
import { loadPmml } from './load-pmml.js';

const NODES = `<Node id="r" recordCount="150" score="yes"><True/><ScoreDistribution value="yes" recordCount="100"/><ScoreDistribution value="no" recordCount="50"/>
<Node id="a" recordCount="100" score="yes"><SimplePredicate field="x" operator="lessThan" value="1"/><ScoreDistribution value="yes" recordCount="90" confidence="0.9"/><ScoreDistribution value="no" recordCount="10" confidence="0.1"/></Node>
<Node id="b" recordCount="50" score="no"><SimplePredicate field="x" operator="greaterOrEqual" value="1"/>
  <Node id="c" recordCount="30" score="no"><SimplePredicate field="y" operator="lessThan" value="0"/><ScoreDistribution value="yes" recordCount="6" confidence="0.2"/><ScoreDistribution value="no" recordCount="24" confidence="0.8"/></Node>
  <Node id="d" recordCount="20" score="yes"><SimplePredicate field="y" operator="greaterOrEqual" value="0"/><ScoreDistribution value="yes" recordCount="12" confidence="0.6"/><ScoreDistribution value="no" recordCount="8" confidence="0.4"/></Node>
</Node></Node>`;
const CONFIDENCES = `<Output><OutputField name="sure" optype="continuous" dataType="double" feature="confidence" value="yes"/><OutputField name="p" optype="continuous" dataType="double" feature="probability" value="yes"/></Output>`;

function close(actual: unknown, expected: number): void {
  assert.ok(typeof actual === 'number' && Math.abs(actual - expected) < 1e-12, `${String(actual)} is not ${expected}`);
}

test('weightedConfidence weighs the nodes that a missing value leaves open by their records, level by level', async () => {
  const model = `<TreeModel functionName="classification" missingValueStrategy="weightedConfidence" missingValuePenalty="0.5">{schema}${CONFIDENCES}${NODES}</TreeModel>`;
  const { values } = await runDocument({ ...CLASSES, model }, { x: [null, 2, null, 0], y: [1, null, null, null] });
  const sure = values.get('sure')!;
  // x missing: a has 100 of 150 records, b 50; d is known below b.
  close(sure[0], 0.5 * ((0.9 * 100) / 150 + (0.6 * 50) / 150));
  close(sure[1], 0.5 * ((0.2 * 30) / 50 + (0.6 * 20) / 50));
  // Both missing: the nodes below b were passed by twice.
  close(sure[2], (0.5 * 0.9 * 100) / 150 + (0.25 * 50 * (0.2 * 30 + 0.6 * 20)) / (150 * 50));
  close(sure[3], 0.9);
  assert.deepEqual(values.get('t'), ['yes', 'no', 'yes', 'yes']);
});

test('aggregateNodes adds up the records of the nodes that a missing value leaves open', async () => {
  const model = `<TreeModel functionName="classification" missingValueStrategy="aggregateNodes">{schema}${CONFIDENCES}${NODES}</TreeModel>`;
  const { values } = await runDocument({ ...CLASSES, model }, { x: [null, 2, null], y: [-1, null, null] });
  const p = values.get('p')!;
  close(p[0], (90 + 6) / (100 + 30));
  close(p[1], 18 / 50);
  close(p[2], 108 / 150);
  assert.deepEqual(values.get('t'), ['yes', 'no', 'yes']);
});

test('trees of numbers take the mean of open nodes, and equations in their leaves', async () => {
  const nodes = (
    strategy: string,
  ): string => `<TreeModel functionName="regression" missingValueStrategy="${strategy}">{schema}<Node recordCount="10"><True/>
    <Node recordCount="4" score="3"><SimplePredicate field="x" operator="lessThan" value="0"/></Node><Node recordCount="6" score="8"><SimplePredicate field="x" operator="greaterOrEqual" value="0"/></Node></Node></TreeModel>`;
  for (const strategy of ['weightedConfidence', 'aggregateNodes']) {
    const { values } = await runDocument({ ...NUMBERS, model: nodes(strategy) }, { x: [null, -1], y: [0, 0] });
    close(values.get('t')![0], (3 * 4 + 8 * 6) / 10);
    assert.equal(values.get('t')![1], 3);
  }
  const equations = `<TreeModel functionName="regression">{schema}<Node><True/><Node><SimplePredicate field="x" operator="lessThan" value="0"/>
    <Regression functionName="regression" normalizationMethod="exp"><RegressionTable intercept="0"><NumericPredictor name="y" coefficient="2"/></RegressionTable></Regression></Node><Node score="5"><True/></Node></Node></TreeModel>`;
  const { values } = await runDocument({ ...NUMBERS, model: equations }, { x: [-1, 1], y: [0.5, 9] });
  close(values.get('t')![0], Math.E);
  assert.equal(values.get('t')![1], 5);
});

test('a score may be left to the distribution', async () => {
  const model = `<TreeModel functionName="classification">{schema}<Node><True/><ScoreDistribution value="yes" recordCount="1"/><ScoreDistribution value="no" recordCount="3"/></Node></TreeModel>`;
  const { values } = await runDocument({ ...CLASSES, model }, { x: [1], y: [1] });
  assert.deepEqual([values.get('t'), values.get('probabilities')], [['no'], [[0.25, 0.75]]]);
});

const SCHEMA = '<MiningSchema><MiningField name="x"/><MiningField name="y"/></MiningSchema>';

function segmented(method: string, rest = ''): string {
  const regression = (slope: number): string =>
    `<RegressionModel functionName="regression">${SCHEMA}<RegressionTable intercept="0"><NumericPredictor name="x" coefficient="${slope}"/></RegressionTable></RegressionModel>`;
  return `<MiningModel functionName="regression">{schema}${rest}<Segmentation multipleModelMethod="${method}">
    <Segment id="one" weight="0.25"><True/>${regression(1)}</Segment><Segment id="two" weight="2"><SimplePredicate field="y" operator="greaterThan" value="0"/>${regression(3)}</Segment><Segment id="three" weight="1"><True/>${regression(2)}</Segment></Segmentation></MiningModel>`;
}

test('selectAll gives what each segment gives, side by side', async () => {
  const { values } = await runDocument({ ...NUMBERS, model: segmented('selectAll') }, { x: [1, 1, null], y: [1, -1, 1] });
  assert.deepEqual(values.get('t'), [[1, 3, 2], [1, NaN, 2], null]);
});

test('methods that the evaluator of reference does not know', async () => {
  const rows = { x: [2, 2], y: [1, -1] };
  assert.deepEqual((await runDocument({ ...NUMBERS, model: segmented('max') }, rows)).values.get('t'), [6, 4]);
  assert.deepEqual((await runDocument({ ...NUMBERS, model: segmented('x-weightedSum') }, rows)).values.get('t'), [16.5, 4.5]);
});

test('an output can be of one segment', async () => {
  const output = `<Output><OutputField name="second" optype="continuous" dataType="double" feature="predictedValue" segmentId="two"/></Output>`;
  for (const method of ['sum', 'selectAll', 'modelChain']) {
    const { values } = await runDocument({ ...NUMBERS, model: segmented(method, output) }, { x: [2, 2], y: [1, -1] });
    assert.deepEqual(values.get('second'), [6, null], method);
  }
});

const VECTORS = `<VectorDictionary><VectorFields><FieldRef field="x"/><FieldRef field="y"/></VectorFields>{instances}</VectorDictionary>`;

function machines(attributes: string, ...parts: readonly string[]): string {
  return `<SupportVectorMachineModel functionName="classification" svmRepresentation="Coefficients" ${attributes}>{schema}<LinearKernelType/>${VECTORS.replace('{instances}', '')}${parts.join('')}</SupportVectorMachineModel>`;
}

function machine(categories: string, x: number, y: number): string {
  return `<SupportVectorMachine ${categories}><Coefficients absoluteValue="0.5"><Coefficient value="${x}"/><Coefficient value="${y}"/></Coefficients></SupportVectorMachine>`;
}

test('vector machines of coefficients, of one machine, and of the largest value', async () => {
  const rows = { x: [1, -1], y: [0, 0] };
  const predict = async (model: string): Promise<unknown> => (await runDocument({ ...CLASSES, model }, rows)).values.get('t');
  const pair = 'targetCategory="yes" alternateTargetCategory="no"';
  assert.deepEqual(await predict(machines('classificationMethod="OneAgainstOne"', machine(pair, 1, 0))), ['no', 'yes']);
  assert.deepEqual(await predict(machines('classificationMethod="OneAgainstOne" maxWins="true"', machine(pair, 1, 0))), ['yes', 'no']);
  const all = [machine('targetCategory="yes"', 1, 0), machine('targetCategory="no"', -1, 0)];
  assert.deepEqual(await predict(machines('', ...all)), ['no', 'yes']);
  assert.deepEqual(await predict(machines('maxWins="true"', ...all)), ['yes', 'no']);
  // The other category of a single machine is the other one of the DataDictionary.
  assert.deepEqual(await predict(machines('threshold="2"', machine('targetCategory="no"', 1, 0))), ['no', 'no']);
});

test('rules: the largest weight decides, and a compound rule lets its rules fire only when it does', async () => {
  const model = (
    criterion: string,
  ): string => `<RuleSetModel functionName="classification">{schema}<Output><OutputField name="rule" optype="categorical" dataType="string" feature="ruleValue" ruleFeature="ruleId" rank="2"/></Output>
    <RuleSet><RuleSelectionMethod criterion="${criterion}"/><SimpleRule id="1" score="yes" weight="0.4" confidence="0.9"><True/></SimpleRule><CompoundRule><SimplePredicate field="x" operator="greaterThan" value="0"/><SimpleRule id="2" score="no" weight="0.5" confidence="0.2"><True/></SimpleRule></CompoundRule></RuleSet></RuleSetModel>`;
  const { values } = await runDocument({ ...CLASSES, model: model('weightedMax') }, { x: [1, -1], y: [0, 0] });
  assert.deepEqual(values.get('t'), ['no', 'yes']);
  assert.deepEqual(values.get('rule'), ['1', null]);
});

test('functions of missing values are missing, and aggregates leave them out', async () => {
  const rows = { x: [4, null, 1], y: [null, null, 3] };
  const out = async (expression: string, kind = 'double'): Promise<unknown> =>
    (await runDocument({ ...NUMBERS, model: expressionOf(expression, kind) }, rows)).values.get('out');
  const both = '<FieldRef field="x"/><FieldRef field="y"/>';
  assert.deepEqual(await out('<Apply function="sqrt"><FieldRef field="x"/></Apply>'), [2, null, 1]);
  assert.deepEqual(await out(`<Apply function="median">${both}<Constant dataType="double">9</Constant></Apply>`), [6.5, 9, 3]);
  assert.deepEqual(await out(`<Apply function="equal">${both}</Apply>`, 'boolean'), [null, null, 0]);
  assert.deepEqual(
    await out(
      `<Apply function="if"><Apply function="isMissing"><FieldRef field="y"/></Apply><Constant dataType="string">none</Constant><Constant dataType="string">some</Constant></Apply>`,
      'string',
    ),
    ['none', 'none', 'some'],
  );
  assert.deepEqual(await out(`<Apply function="/">${both}</Apply>`), [null, null, 1 / 3]);
});

test('an integer divided by zero fails its row, or is missing where the call says so', async () => {
  const call = (attributes: string): string =>
    expressionOf(`<Apply function="/" ${attributes}><Constant dataType="integer">7</Constant><FieldRef field="n"/></Apply>`, 'integer');
  const document = (attributes: string) => ({
    fields: '<DataField name="n" optype="continuous" dataType="integer"/>',
    schema: '<MiningField name="n"/>',
    model: call(attributes),
  });
  const { values, failures } = await runDocument(document(''), { n: [2, 0] });
  assert.equal(values.get('out')![0], 3);
  assert.match(failures.get(1)!, /divided by zero/);
  assert.deepEqual(
    (await runDocument(document('invalidValueTreatment="asMissing" defaultValue="-1"'), { n: [2, 0] })).values.get('out'),
    [3, -1],
  );
});

const RECORDS = (
  t: string,
): string => `<ModelVerification recordCount="2" fieldCount="2"><VerificationFields><VerificationField field="x" column="data:a"/><VerificationField field="t" column="b" precision="1e-3"/></VerificationFields>
  <InlineTable xmlns:data="urn:data"><row><data:a>2</data:a><b>5</b></row><row><data:a>3</data:a><b>${t}</b></row></InlineTable></ModelVerification>`;

test('a document is checked with its own records, within their tolerance', () => {
  const model = (t: string): string =>
    `<RegressionModel functionName="regression">{schema}${RECORDS(t)}<RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable></RegressionModel>`;
  const load = (t: string): unknown => loadPmml(Buffer.from(documentOf({ ...NUMBERS, model: model(t) })));
  load('7.006');
  assert.throws(
    () => load('7.008'),
    error =>
      MillraceError.is(error) &&
      error.code === 'MODEL_LOAD' &&
      /record 2 expects "7\.008" for "t", and the model gives 7/.test(error.message),
  );
});

test('versions 3.0 to 4.4 are read, whatever their namespace says of the point', async () => {
  const model =
    '<RegressionModel functionName="regression">{schema}<RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable></RegressionModel>';
  for (const [namespace, version] of [
    ['http://www.dmg.org/PMML-3_0', '3.0'],
    ['http://www.dmg.org/PMML-4_1', '4.1'],
    ['http://www.dmg.org/PMML-4_4', '4.4.1'],
    ['', '3.2'],
  ] as const) {
    const { values } = await runDocument({ ...NUMBERS, model, namespace, version }, { x: [2], y: [0] });
    assert.deepEqual(values.get('t'), [5], version);
  }
});

test('a value between quotes in an array may hold blanks and quotes', async () => {
  const document = {
    fields: '<DataField name="s" optype="categorical" dataType="string"/><DataField name="t" optype="continuous" dataType="double"/>',
    schema: '<MiningField name="s"/><MiningField name="t" usageType="target"/>',
    model: `<TreeModel functionName="regression">{schema}<Node score="0"><True/><Node score="1"><SimpleSetPredicate field="s" booleanOperator="isIn"><Array n="3" type="string">a "b c" "say \\"no\\""</Array></SimpleSetPredicate></Node><Node score="2"><True/></Node></Node></TreeModel>`,
  };
  const { values } = await runDocument(document, { s: ['a', 'b c', 'say "no"', 'b', null] });
  assert.deepEqual(values.get('t'), [1, 1, 1, 2, 2]);
});
