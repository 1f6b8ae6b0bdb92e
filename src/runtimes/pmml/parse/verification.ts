import { columnName } from './inline-table.js';
import { childOf, childrenOf, numberAttribute, attributeOf, requiredAttribute, requiredChild, type XmlElement } from './xml-element.js';

/** Records with which a producer says what the model gives. https://dmg.org/pmml/v4-4-1/ModelVerification.html */
export interface Verification {
  readonly fields: readonly {
    readonly field: string;
    readonly column: string;
    readonly precision: number;
    readonly zeroThreshold: number;
  }[];
  /** Texts by column; a column that a record does not have is missing. */
  readonly records: readonly ReadonlyMap<string, string>[];
}

/** The `ModelVerification` of a model; `undefined` when there is none. */
export function readVerification(model: XmlElement): Verification | undefined {
  const element = childOf(model, 'ModelVerification');
  if (element === undefined) return undefined;
  return {
    fields: childrenOf(requiredChild(element, 'VerificationFields'), 'VerificationField').map(field => ({
      field: requiredAttribute(field, 'field'),
      column: columnName(attributeOf(field, 'column') ?? requiredAttribute(field, 'field')),
      precision: numberAttribute(field, 'precision') ?? 1e-6,
      zeroThreshold: numberAttribute(field, 'zeroThreshold') ?? 1e-16,
    })),
    records: childrenOf(requiredChild(element, 'InlineTable'), 'row').map(
      row => new Map(row.children.map(cell => [columnName(cell.name), cell.text])),
    ),
  };
}
