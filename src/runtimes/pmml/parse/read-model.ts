import { readClusteringModel } from './clustering-model.js';
import { readGeneralRegressionModel } from './general-regression-model.js';
import { readMiningModel } from './mining-model.js';
import type { Model } from './model.js';
import { readNaiveBayesModel } from './naive-bayes-model.js';
import { readNeuralNetwork } from './neural-network.js';
import { readRegressionModel } from './regression-model.js';
import { readRuleSetModel } from './rule-set-model.js';
import { readScorecard } from './scorecard.js';
import { readSupportVectorMachineModel } from './support-vector-machine-model.js';
import { readTreeModel } from './tree-model.js';
import { refuse, type XmlElement } from './xml-element.js';

const READERS: Readonly<Record<Model['kind'], (element: XmlElement) => Model>> = {
  MiningModel: element => readMiningModel(element, readModelOf),
  TreeModel: readTreeModel,
  RegressionModel: readRegressionModel,
  GeneralRegressionModel: readGeneralRegressionModel,
  NeuralNetwork: readNeuralNetwork,
  ClusteringModel: readClusteringModel,
  SupportVectorMachineModel: readSupportVectorMachineModel,
  Scorecard: readScorecard,
  NaiveBayesModel: readNaiveBayesModel,
  RuleSetModel: readRuleSetModel,
};

/** Models of PMML that are known by name and not run. */
const REFUSED = new Set([
  'AnomalyDetectionModel',
  'AssociationModel',
  'BaselineModel',
  'BayesianNetworkModel',
  'GaussianProcessModel',
  'NearestNeighborModel',
  'SequenceModel',
  'TextModel',
  'TimeSeriesModel',
]);

/** The model among the children of a document or segment; `undefined` when there is none. @throws {MillraceError} `MODEL_LOAD`. */
export function readModelOf(element: XmlElement): Model | undefined {
  for (const child of element.children) {
    if (Object.hasOwn(READERS, child.name)) return READERS[child.name as Model['kind']](child);
    if (REFUSED.has(child.name)) {
      refuse(child, `models of the kind ${child.name} are not run`, `the kinds that are: ${Object.keys(READERS).join(', ')}`);
    }
  }
  return undefined;
}
