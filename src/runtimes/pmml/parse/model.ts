import type { ClusteringModel } from './clustering-model.js';
import type { GeneralRegressionModel } from './general-regression-model.js';
import type { MiningModel } from './mining-model.js';
import type { NaiveBayesModel } from './naive-bayes-model.js';
import type { NeuralNetwork } from './neural-network.js';
import type { RegressionModel } from './regression-model.js';
import type { RuleSetModel } from './rule-set-model.js';
import type { Scorecard } from './scorecard.js';
import type { SupportVectorMachineModel } from './support-vector-machine-model.js';
import type { TreeModel } from './tree-model.js';

/** A model of a document; `kind` is the name of its element. */
export type Model =
  | MiningModel
  | TreeModel
  | RegressionModel
  | GeneralRegressionModel
  | NeuralNetwork
  | ClusteringModel
  | SupportVectorMachineModel
  | Scorecard
  | NaiveBayesModel
  | RuleSetModel;
