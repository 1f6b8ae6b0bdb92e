import { workerData } from 'node:worker_threads';
import { serveScores } from '../../kit/trees/tree-worker.js';
import { createXgboostScorer, type ScorerInit } from './xgboost-scorer.js';

serveScores(createXgboostScorer(workerData as ScorerInit));
