import { MillraceError } from '../../../common/error.js';
import { readDataField, readDefineFunction, readDerivedField, type DataField, type DefineFunction, type DerivedField } from './field.js';
import type { Model } from './model.js';
import { readModelOf } from './read-model.js';
import { readXml, XML_LIMITS, type XmlLimits } from './read-xml.js';
import { readVerification, type Verification } from './verification.js';
import { attributeOf, childOf, childrenOf, refuse, requiredChild, type XmlElement } from './xml-element.js';

/** A document as read: plain data, which nothing changes. */
export interface PmmlDocument {
  readonly version: string;
  readonly dataFields: readonly DataField[];
  /** Of the TransformationDictionary. */
  readonly derivedFields: readonly DerivedField[];
  readonly functions: readonly DefineFunction[];
  readonly model: Model;
  readonly verification: Verification | undefined;
}

const VERSION = /^(?:3\.[0-2]|4\.[0-4])(?:\.\d+)?$/;

/**
 * Reads a document of PMML 3.0 to 4.4.
 *
 * @throws {MillraceError} `MODEL_LOAD` with the line and the reason.
 */
export function readPmml(bytes: Uint8Array, limits: XmlLimits = XML_LIMITS): PmmlDocument {
  const root = readXml(bytes, limits);
  const version = checkRoot(root);
  const dictionary = childOf(root, 'TransformationDictionary');
  const model = readModelOf(root);
  if (model === undefined) refuse(root, 'the document has no model');
  if (!model.isScorable) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `the ${model.kind} of the PMML document says isScorable="false": its producer left parts out`,
    });
  }
  return {
    version,
    dataFields: childrenOf(requiredChild(root, 'DataDictionary'), 'DataField').map(readDataField),
    derivedFields: dictionary === undefined ? [] : childrenOf(dictionary, 'DerivedField').map(readDerivedField),
    functions: dictionary === undefined ? [] : childrenOf(dictionary, 'DefineFunction').map(readDefineFunction),
    model,
    verification: readVerification(childOf(root, model.kind)!),
  };
}

function checkRoot(root: XmlElement): string {
  if (root.name !== 'PMML') {
    const prefixed = root.name.endsWith(':PMML');
    refuse(
      root,
      prefixed ? 'the root element is in a namespace that is not of PMML' : `the root element is ${root.name}, not PMML`,
      'the namespace of PMML 4.4 is http://www.dmg.org/PMML-4_4',
    );
  }
  const version = attributeOf(root, 'version') ?? refuse(root, 'PMML has no attribute "version"');
  if (!VERSION.test(version)) refuse(root, `PMML of version "${version.slice(0, 20)}" is not read`, 'versions 3.0 to 4.4 are');
  return version;
}
