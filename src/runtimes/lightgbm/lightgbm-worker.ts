import { workerData } from 'node:worker_threads';
import { serveScores } from '../../kit/trees/tree-worker.js';
import { createLightgbmScorer, type ScorerInit } from './lightgbm-scorer.js';

serveScores(createLightgbmScorer(workerData as ScorerInit));
