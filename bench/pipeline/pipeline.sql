CREATE TABLE events (
  user_id STRING, merchant_id STRING, amount DOUBLE, merchant_risk DOUBLE, velocity DOUBLE, event_time BIGINT
) WITH ('connector' = 'filesystem', 'path' = '${EVENTS}', 'format' = 'json');

CREATE MODEL network
INPUT (f1 DOUBLE, f2 DOUBLE, f3 DOUBLE, f4 DOUBLE, f5 DOUBLE, f6 DOUBLE)
OUTPUT (score DOUBLE)
WITH ('provider' = 'local', 'runtime' = 'onnx', 'model_path' = 'bench/pipeline/network.onnx', 'batch_size' = '1024');

CREATE TABLE alerts (user_id STRING, event_time BIGINT, score DOUBLE)
WITH ('connector' = 'filesystem', 'path' = '${OUTPUT}', 'format' = 'json');

INSERT INTO alerts
SELECT user_id, event_time, score
FROM ML_PREDICT(
  (
    SELECT
      user_id,
      event_time,
      LN(amount) / 7 AS f1,
      merchant_risk AS f2,
      velocity / 20 AS f3,
      merchant_risk * velocity / 20 AS f4,
      CAST(MOD(event_time / 3600000, 24) AS DOUBLE) / 24 AS f5,
      amount / 800 AS f6
    FROM events
    WHERE amount > 100 AND merchant_risk > 0.2
  ),
  MODEL network,
  DESCRIPTOR(f1, f2, f3, f4, f5, f6)
)
WHERE score > 0.8;
