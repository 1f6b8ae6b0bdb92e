import type { OperatorFactory } from '../operator.js';
import { inFlightOperator, type InFlightOptions } from './in-flight.js';
import { joinPrediction, type JoinOptions } from './join-prediction.js';

/** `arguments` are the columns that are the model's INPUT columns, in its order. */
export type PredictOptions = Omit<InFlightOptions, 'join'> & JoinOptions;

/** Appends the answers of a model to the rows that it is asked about. */
export function predictOperator(options: PredictOptions): OperatorFactory {
  return inFlightOperator({ ...options, join: entry => joinPrediction(entry, options) });
}
