-- Breast-cancer samples arrive as a stream. A local model scores each; a language model explains the uncertain ones.

CREATE TABLE samples (
  sample_id            BIGINT,
  event_time           TIMESTAMP(3),
  mean_radius          DOUBLE,
  mean_texture         DOUBLE,
  mean_smoothness      DOUBLE,
  mean_concave_points  DOUBLE,
  mean_symmetry        DOUBLE,
  worst_radius         DOUBLE,
  worst_texture        DOUBLE,
  worst_smoothness     DOUBLE,
  worst_concave_points DOUBLE,
  worst_symmetry       DOUBLE,
  diagnosis            STRING,
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'examples/triage/events.jsonl',
  'format' = 'json',
  'scan.rows-per-second' = '80'
);

CREATE MODEL triage
INPUT (
  mean_radius DOUBLE, mean_texture DOUBLE, mean_smoothness DOUBLE, mean_concave_points DOUBLE, mean_symmetry DOUBLE,
  worst_radius DOUBLE, worst_texture DOUBLE, worst_smoothness DOUBLE, worst_concave_points DOUBLE, worst_symmetry DOUBLE
)
OUTPUT (predicted STRING, malignancy DOUBLE)
WITH (
  'provider' = 'local',
  'task' = 'classification',
  'model_path' = 'examples/triage/triage.onnx',
  'runtime' = 'onnx'
);

CREATE VIEW scored AS
SELECT sample_id, event_time, diagnosis, predicted, malignancy, worst_radius, worst_concave_points
FROM ML_PREDICT(
  TABLE samples,
  MODEL triage,
  DESCRIPTOR(
    mean_radius, mean_texture, mean_smoothness, mean_concave_points, mean_symmetry,
    worst_radius, worst_texture, worst_smoothness, worst_concave_points, worst_symmetry
  )
);

-- The language model is called for the uncertain rows only: CASE evaluates a branch where it is reached.
CREATE VIEW triaged AS
SELECT
  sample_id,
  event_time,
  ROUND(malignancy, 3) AS malignancy,
  CASE WHEN malignancy >= 0.8 THEN 'urgent' WHEN malignancy > 0.2 THEN 'uncertain' ELSE 'routine' END AS verdict,
  CASE
    WHEN malignancy > 0.2 AND malignancy < 0.8
    THEN ML_PREDICT(
      MODEL explainer,
      'Sample ' || CAST(sample_id AS STRING) || ': radius ' || CAST(worst_radius AS STRING) || ', concave points ' || CAST(worst_concave_points AS STRING)
    )
  END AS note
FROM scored;

CREATE TABLE worklist (sample_id BIGINT, event_time TIMESTAMP(3), malignancy DOUBLE, verdict STRING, note STRING)
WITH ('connector' = 'filesystem', 'path' = 'out/triage/worklist.jsonl', 'format' = 'json');

CREATE TABLE uncertain (sample_id BIGINT, malignancy DOUBLE, note STRING)
WITH ('connector' = 'print', 'print-identifier' = 'uncertain');

CREATE TABLE five_minutes (window_start TIMESTAMP(3), samples BIGINT, urgent BIGINT)
WITH ('connector' = 'print', 'print-identifier' = 'window');

-- One job: the samples are read once and each model is called once per row, whatever reads the views.
EXECUTE STATEMENT SET
BEGIN
  INSERT INTO worklist
  SELECT sample_id, event_time, malignancy, verdict, note FROM triaged WHERE verdict <> 'routine';

  INSERT INTO uncertain
  SELECT sample_id, malignancy, note FROM triaged WHERE note IS NOT NULL;

  INSERT INTO five_minutes
  SELECT window_start, COUNT(*), COUNT(*) FILTER (WHERE malignancy >= 0.8)
  FROM TABLE(TUMBLE(TABLE scored, DESCRIPTOR(event_time), INTERVAL '5' MINUTES))
  GROUP BY window_start, window_end;
END;

-- The job above has ended when this runs: its file is complete.
SELECT verdict, COUNT(*) AS samples, ROUND(AVG(malignancy), 3) AS mean_malignancy
FROM worklist
GROUP BY verdict;
