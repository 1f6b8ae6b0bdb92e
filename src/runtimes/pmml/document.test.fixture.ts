import { loadPmml } from './load-pmml.js';
import { answer, type Answers, type Columns } from './reference.test.fixture.js';

/** What a test document is made of. */
export interface TestDocument {
  /** DataFields as XML. */
  readonly fields: string;
  /** MiningFields as XML. */
  readonly schema: string;
  /** The model, with `{schema}` where its MiningSchema stands. */
  readonly model: string;
  readonly transformations?: string;
  readonly namespace?: string;
  readonly version?: string;
}

export function documentOf({
  fields,
  schema,
  model,
  transformations = '',
  namespace = 'http://www.dmg.org/PMML-4_4',
  version = '4.4',
}: TestDocument): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="${namespace}" version="${version}"><Header/><DataDictionary>${fields}</DataDictionary>
<TransformationDictionary>${transformations}</TransformationDictionary>
${model.replaceAll('{schema}', `<MiningSchema>${schema}</MiningSchema>`)}</PMML>`;
}

export function runDocument(document: TestDocument | string, rows: Columns): Promise<Answers> {
  return answer(loadPmml(Buffer.from(typeof document === 'string' ? document : documentOf(document))), rows);
}

/** Two numbers, `x` and `y`, and a number `t` to predict. */
export const NUMBERS = {
  fields: `<DataField name="x" optype="continuous" dataType="double"/><DataField name="y" optype="continuous" dataType="double"/><DataField name="t" optype="continuous" dataType="double"/>`,
  schema: `<MiningField name="x"/><MiningField name="y"/><MiningField name="t" usageType="target"/>`,
};

/** Two numbers, `x` and `y`, and a category `t` of `yes` and `no` to predict. */
export const CLASSES = {
  fields: NUMBERS.fields.replace(
    'name="t" optype="continuous" dataType="double"/>',
    'name="t" optype="categorical" dataType="string"><Value value="yes"/><Value value="no"/></DataField>',
  ),
  schema: NUMBERS.schema,
};

/** A regression that gives one output field of an expression. */
export function expressionOf(expression: string, dataType = 'double'): string {
  return `<RegressionModel functionName="regression">{schema}<Output><OutputField name="out" optype="categorical" dataType="${dataType}" feature="transformedValue">${expression}</OutputField></Output><RegressionTable intercept="1"/></RegressionModel>`;
}
