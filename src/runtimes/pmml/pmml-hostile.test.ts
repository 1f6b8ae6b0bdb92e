import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { documentOf, expressionOf, NUMBERS, runDocument } from './document.test.fixture.js';
import { loadPmml } from './load-pmml.js';

function refuses(document: string, message: RegExp): void {
  const start = performance.now();
  assert.throws(
    () => loadPmml(Buffer.from(document)),
    error => {
      assert.ok(MillraceError.is(error), String(error));
      assert.equal(error.code, 'MODEL_LOAD');
      assert.match(error.message, message);
      return true;
    },
  );
  assert.ok(performance.now() - start < 3_000, 'it took too long');
}

const REGRESSION = '<RegressionModel functionName="regression">{schema}<RegressionTable intercept="1"/></RegressionModel>';

test('entities are refused with the document type that would define them', () => {
  const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
  refuses(`<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY l0 "ha">${laughs}]><PMML version="4.4">&l9;</PMML>`, /DOCTYPE/);
  refuses('<!DOCTYPE PMML SYSTEM "file:///etc/passwd"><PMML version="4.4"/>', /DOCTYPE/);
  refuses('<PMML version="4.4">&secret;</PMML>', /not well-formed/);
});

test('depth, elements and attributes are bounded', () => {
  const deep = (count: number): string => '<Apply function="abs">'.repeat(count) + '<FieldRef field="x"/>' + '</Apply>'.repeat(count);
  refuses(documentOf({ ...NUMBERS, model: expressionOf(deep(10_000)) }), /nested deeper/);
  const node = '<Node score="1"><True/>';
  refuses(
    documentOf({
      ...NUMBERS,
      model: `<TreeModel functionName="regression">{schema}${node.repeat(10_000)}${'</Node>'.repeat(10_000)}</TreeModel>`,
    }),
    /nested deeper/,
  );
  refuses(`<PMML version="4.4" ${Array.from({ length: 300 }, (_, i) => `a${i}="1"`).join(' ')}/>`, /attributes/);
  refuses('<PMML version="4.4">'.repeat(20_000), /nested deeper/);
});

test('a tree nearly as deep as may be runs', async () => {
  const depth = 900;
  const model = `<TreeModel functionName="regression">{schema}${Array.from({ length: depth }, (_, i) => `<Node score="${i}"><SimplePredicate field="x" operator="greaterThan" value="${i - 1}"/>`).join('')}${'</Node>'.repeat(depth)}</TreeModel>`;
  const { values } = await runDocument(
    { ...NUMBERS, model: model.replace('functionName', 'noTrueChildStrategy="returnLastPrediction" functionName') },
    { x: [1_000, 10], y: [0, 0] },
  );
  assert.deepEqual(values.get('t'), [899, 10]);
});

test('sparse arrays and matrices cannot ask for more memory than they write', () => {
  const cluster = (array: string): string =>
    documentOf({
      ...NUMBERS,
      model: `<ClusteringModel functionName="clustering" modelClass="centerBased">{schema}<ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><ClusteringField field="x"/><Cluster>${array}</Cluster></ClusteringModel>`,
    });
  refuses(cluster('<REAL-SparseArray n="1000000000"/>'), /sparse array/);
  refuses(cluster('<REAL-SparseArray n="1"><Indices>2000000000</Indices><REAL-Entries>1</REAL-Entries></REAL-SparseArray>'), /outside/);
  refuses(cluster('<Array n="4000000000">1</Array>'), /n="4000000000"/);
  refuses(
    documentOf({
      ...NUMBERS,
      model: `<ClusteringModel functionName="clustering" modelClass="centerBased">{schema}<ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><ClusteringField field="x" compareFunction="table"><Comparisons><Matrix nbRows="1000000" nbCols="1000000"/></Comparisons></ClusteringField><Cluster><Array>1</Array></Cluster></ClusteringModel>`,
    }),
    /matrix/,
  );
});

test('fields and functions of themselves are refused', () => {
  const field = (name: string, other: string): string =>
    `<DerivedField name="${name}" optype="continuous" dataType="double"><FieldRef field="${other}"/></DerivedField>`;
  refuses(
    documentOf({ ...NUMBERS, transformations: field('a', 'b') + field('b', 'a'), model: expressionOf('<FieldRef field="a"/>') }),
    /computed from itself/,
  );
  const call = (name: string, other: string): string =>
    `<DefineFunction name="${name}" optype="continuous" dataType="double"><ParameterField name="p"/><Apply function="${other}"><FieldRef field="p"/></Apply></DefineFunction>`;
  refuses(
    documentOf({
      ...NUMBERS,
      transformations: call('f', 'g') + call('g', 'f'),
      model: expressionOf('<Apply function="f"><FieldRef field="x"/></Apply>'),
    }),
    /calls itself/,
  );
  const chain = Array.from({ length: 800 }, (_, i) => field(`d${i}`, i === 0 ? 'x' : `d${i - 1}`)).join('');
  refuses(documentOf({ ...NUMBERS, transformations: chain, model: expressionOf('<FieldRef field="d799"/>') }), /deep/);
});

test('functions that multiply the work of others are refused', () => {
  const twice = Array.from({ length: 40 }, (_, i) => {
    const inner = i === 0 ? '<FieldRef field="p"/>' : `<Apply function="f${i - 1}"><FieldRef field="p"/></Apply>`;
    return `<DefineFunction name="f${i}" optype="continuous" dataType="double"><ParameterField name="p"/><Apply function="+">${inner}${inner}</Apply></DefineFunction>`;
  }).join('');
  refuses(
    documentOf({ ...NUMBERS, transformations: twice, model: expressionOf('<Apply function="f39"><FieldRef field="x"/></Apply>') }),
    /steps/,
  );
});

test('patterns that could run for years fail the row', async () => {
  const document = {
    fields: '<DataField name="s" optype="categorical" dataType="string"/>',
    schema: '<MiningField name="s"/>',
    model: expressionOf('<Apply function="matches"><FieldRef field="s"/><Constant dataType="string">(a+)+$</Constant></Apply>', 'boolean'),
  };
  const { failures } = await runDocument(document, { s: ['a'.repeat(50) + 'b'] });
  assert.match(failures.get(0)!, /repeats what repeats/);
});

test('what is not run is refused by its name', () => {
  refuses(
    documentOf({ ...NUMBERS, model: '<TimeSeriesModel functionName="timeSeries">{schema}</TimeSeriesModel>' }),
    /TimeSeriesModel are not run/,
  );
  refuses(documentOf({ ...NUMBERS, model: expressionOf('<Lag field="x"/>') }), /Lag takes earlier rows/);
  refuses(
    documentOf({ ...NUMBERS, model: expressionOf('<Apply function="frobnicate"><FieldRef field="x"/></Apply>') }),
    /"frobnicate" is not known/,
  );
  refuses(documentOf({ ...NUMBERS, model: expressionOf('<FieldRef field="z"/>') }), /field "z"/);
  refuses(
    documentOf({
      ...NUMBERS,
      model: REGRESSION.replace('{schema}', '{schema}<Output><OutputField name="r" feature="residual"/></Output>'),
    }),
    /residual/,
  );
  refuses(documentOf({ ...NUMBERS, model: REGRESSION, namespace: 'http://example.org/other' }), /namespace/);
  refuses(documentOf({ ...NUMBERS, model: REGRESSION, version: '9.9' }), /version "9\.9"/);
  refuses(documentOf({ ...NUMBERS, model: REGRESSION.replace('functionName', 'isScorable="false" functionName') }), /isScorable/);
});
