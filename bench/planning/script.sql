SET 'table.local-time-zone' = 'Europe/Berlin';

CREATE TABLE orders (
  id BIGINT NOT NULL PRIMARY KEY NOT ENFORCED,
  customer_id BIGINT,
  items ARRAY<ROW<sku STRING, price DECIMAL(10, 2), quantity INT>>,
  note STRING,
  ts TIMESTAMP(3),
  day_of_order AS CAST(ts AS DATE),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'orders', 'format' = 'json', 'source.monitor-interval' = '1 s');

CREATE TABLE customers (id BIGINT, name STRING, country STRING, since DATE)
WITH ('connector' = 'filesystem', 'path' = 'customers.csv', 'format' = 'csv');

CREATE TABLE per_window (window_start TIMESTAMP(3), window_end TIMESTAMP(3), orders BIGINT, revenue DECIMAL(38, 2))
WITH ('connector' = 'filesystem', 'path' = 'per_window', 'format' = 'json');

CREATE TABLE alerts (id BIGINT, note STRING, mood STRING, urgency DOUBLE, hint STRING) WITH ('connector' = 'print');

CREATE MODEL triage
INPUT (note STRING)
OUTPUT (mood STRING, urgency DOUBLE, error STRING METADATA FROM 'error-string')
WITH ('provider' = 'mock', 'latency' = '10 ms', 'max-concurrent-requests' = '8');

CREATE VIEW notes AS
SELECT id, customer_id, TRIM(BOTH FROM LOWER(note)) AS note, ts
FROM orders
WHERE note IS NOT NULL AND CHAR_LENGTH(note) > 3 AND note NOT LIKE '%test%';

EXECUTE STATEMENT SET
BEGIN
  INSERT INTO per_window
  SELECT window_start, window_end, COUNT(*), CAST(SUM(CARDINALITY(items) * 1.5) AS DECIMAL(38, 2))
  FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTES))
  GROUP BY window_start, window_end;

  INSERT INTO alerts
  WITH judged AS (
    SELECT id, note, mood, urgency, error
    FROM ML_PREDICT(TABLE notes, MODEL triage, DESCRIPTOR(note))
  )
  SELECT id, note, mood, urgency, CASE WHEN urgency > 0.9 THEN 'now' WHEN urgency > 0.5 THEN 'today' ELSE COALESCE(error, 'later') END
  FROM judged
  WHERE urgency BETWEEN 0.2 AND 1 OR mood IN ('angry', 'sad', 'upset');
END;

SELECT country, COUNT(*) AS customers, MIN(since) AS first_one
FROM customers WHERE since >= DATE '2020-01-01' AND country IS DISTINCT FROM 'CH' GROUP BY country HAVING COUNT(*) > 1;
