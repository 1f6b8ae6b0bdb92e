/**
 * Statements as published: a lesson on CREATE MODEL and ML_PREDICT, the mailing-list thread on batching for ML_PREDICT, and the
 * reference of the Otter Stream library. What they leave out with dots is filled in; nothing else is changed.
 */
export const PUBLISHED_EXAMPLES: readonly string[] = [
  `CREATE MODEL customer_service_agent
INPUT (prompt STRING)
OUTPUT (response STRING)
WITH (
'provider' = 'openai',
'task' = 'chat-completion',
'api_key' = '{{ secret.openai_api_key }}',
'base_url' = 'https://api.openai.com/v1', -- override для Azure / proxy
'model_name' = 'gpt-4-turbo',
'temperature' = '0.0',
'max_tokens' = '500',
'top_p' = '0.95',
'presence_penalty' = '0',
'frequency_penalty' = '0',
'response_format' = 'json_object', -- json mode
'seed' = '12345', -- для deterministic output
'system_prompt' = 'You are a helpful assistant.',
'request_timeout' = '30s',
'max_retries' = '3'
);`,
  `CREATE MODEL legal_analyzer
INPUT (text STRING)
OUTPUT (analysis STRING)
WITH (
'provider' = 'anthropic',
'task' = 'messages',
'api_key' = '{{ secret.anthropic_api_key }}',
'model_name' = 'claude-3-opus-20240229',
'max_tokens' = '1000',
'temperature' = '0',
'system_prompt' = 'You are a legal expert...',
'request_timeout' = '60s'
);`,
  `CREATE MODEL fraud_classifier
INPUT (
amount DOUBLE,
hour_of_day INT,
merchant_category INT,
user_age INT,
user_country STRING,
txn_velocity_24h INT
)
OUTPUT (
fraud_score DOUBLE
)
WITH (
'provider' = 'local',
'task' = 'classification',
'model_path' = 's3://models/fraud_v3.onnx',
'runtime' = 'onnx',
'batch_size' = '32',
'inference_threads' = '4',
'gpu' = 'false'
);`,
  `SELECT *
FROM TABLE(
ML_PREDICT(
TABLE input_data,
MODEL my_model,
DESCRIPTOR(col1, col2, col3)
)
);`,
  `CREATE MODEL my_model WITH (
'provider' = 'openai',
'async' = 'true', -- enable async
'max_concurrent_requests' = '100', -- max in-flight per operator instance
'ordered_output' = 'true' -- preserve order (default true)
);`,
  `-- Window aggregation + predict
INSERT INTO predicted_churn
SELECT
customer_id,
TUMBLE_START(event_time, INTERVAL '1' HOUR) AS window_start,
predicted.churn_probability
FROM (
SELECT
customer_id,
TUMBLE_START(event_time, INTERVAL '1' HOUR) AS window_start,
SUM(amount) AS total_amount,
COUNT(*) AS txn_count,
AVG(amount) AS avg_amount
FROM transactions
GROUP BY customer_id, TUMBLE(event_time, INTERVAL '1' HOUR)
) hourly
JOIN customer_features ON hourly.customer_id = customer_features.id
CROSS APPLY (
SELECT churn_probability
FROM TABLE(
ML_PREDICT(
VALUES (hourly.total_amount, hourly.txn_count, hourly.avg_amount,
customer_features.age, customer_features.tenure),
MODEL customer_churn_model,
DESCRIPTOR(total_amount, txn_count, avg_amount, age, tenure)
)
)
) predicted;`,
  `-- Lookup table (e.g., dimension)
CREATE TABLE customer_dim (
customer_id BIGINT PRIMARY KEY,
age INT,
tenure INT,
segment STRING
) WITH (
'connector' = 'jdbc',
'url' = 'jdbc:postgresql://...',
'lookup.cache.max-rows' = '10000',
'lookup.cache.ttl' = '1 h'
);`,
  `-- Streaming events
CREATE TABLE event_stream (
customer_id BIGINT,
txn_amount DOUBLE,
event_time TIMESTAMP(3) METADATA
) WITH (
'connector' = 'kafka',
'topic' = 'events'
);`,
  `-- Enrich + predict
INSERT INTO scored_events
SELECT
e.customer_id,
e.txn_amount,
p.fraud_score
FROM event_stream e
JOIN customer_dim FOR SYSTEM_TIME AS OF e.event_time AS c
ON e.customer_id = c.customer_id
CROSS APPLY (
SELECT *
FROM TABLE(
ML_PREDICT(
VALUES (e.txn_amount, c.age, c.tenure, c.segment),
MODEL fraud_model,
DESCRIPTOR(amount, age, tenure, segment)
)
)
) p
WHERE p.fraud_score > 0.8;`,
  `CREATE MODEL my_model WITH (
'provider' = 'openai',
'on_error' = 'dead_letter', -- 'fail' | 'skip' | 'dead_letter'
'dead_letter.topic' = 'kafka:failed-predictions',
'retry.on_codes' = '429,503,504'
);`,
  `-- Two-step pipeline
WITH local_scored AS (
SELECT *, ML_PREDICT(MODEL local_fraud_model, amount, hour_of_day) AS local_score
FROM transactions
)
INSERT INTO final_scored
SELECT
*,
CASE
WHEN local_score > 0.5 -- suspicious, get LLM analysis
THEN ML_PREDICT(MODEL llm_analyzer, transaction_description)
ELSE NULL
END AS llm_analysis
FROM local_scored;`,
  `-- Step 1: embed
WITH embedded AS (
SELECT *, ML_EMBED(MODEL embed_model, description) AS embedding
FROM events
),
-- Step 2: vector search
enriched AS (
SELECT e.*, similar_items
FROM embedded e
CROSS APPLY (
SELECT ARRAY_AGG(item) AS similar_items
FROM VECTOR_SEARCH(TABLE items, 'embedding', e.embedding, TOP_K => 5)
)
),
-- Step 3: recommend
recommendations AS (
SELECT e.user_id, ML_PREDICT(MODEL recommender, e.user_id, e.similar_items) AS recommendation
FROM enriched e
)
INSERT INTO output SELECT * FROM recommendations;`,
  `-- Streaming: just write events to lakehouse
INSERT INTO event_features
SELECT *, computed_features
FROM event_stream JOIN feature_table ON event_stream.customer_id = feature_table.customer_id;`,
  `-- Batch (scheduled): predict on stored
INSERT INTO predictions
SELECT *, ML_PREDICT(MODEL m, features)
FROM event_features
WHERE date = CURRENT_DATE;`,
  `-- This makes 10 individual API calls
SELECT id, ML_PREDICT('llm_model', text) as result
FROM (VALUES
(1, 'text1'), (2, 'text2'), (10, 'text10')
) AS t(id, text);`,
  `CREATE MODEL llm_sentiment WITH (
'provider' = 'openai',
'model' = 'gpt-4',
'api_key' = '\${API_KEY}',
'batch.size' = '20',
'batch.timeout.ms' = '1000',
'system.prompt' = 'You are a sentiment analyzer. Always respond with valid JSON.',
'batch.prompt.template' = 'Analyze sentiment for these texts. Return JSON array: [{"index": <n>, "sentiment": "<positive|negative|neutral>"}]',
'response.format' = 'json',
'response.path' = '$[*]', -- JSONPath to extract array of results
'response.index.field' = 'index', -- Field containing record index
'response.value.field' = 'sentiment' -- Field containing result
);`,
  `-- Uses batch_size=20 from model definition
SELECT id, text, ML_PREDICT('llm_sentiment', text) as sentiment
FROM customer_reviews;`,
  `-- Override prompt and batch size for different use case
SELECT id, text, ML_PREDICT('llm_sentiment', text,
MAP['batch.size', '50',
'batch.prompt.template', 'Extract key entities. Return JSON: [{"index": <n>, "entities": [...]}]',
'response.value.field', 'entities']) as entities
FROM documents;`,
  `-- Records that fail parsing get null results with error metadata
SELECT
id,
text,
result.value as sentiment,
result.error as error_msg
FROM source_table,
LATERAL TABLE(ML_PREDICT('llm_sentiment', text));`,
  `CREATE FUNCTION ml_score AS 'com.codedstreams.otterstreams.sql.udf.MLInferenceFunction';`,
  `SELECT transaction_id, ml_score(MAP['amount', amount, 'hour', hour_of_day], 'fraud-detector') AS score FROM transactions;`,
  `CREATE TABLE fraud_model (
score DOUBLE,
confidence DOUBLE
) WITH (
'connector' = 'ml-inference',
'model.name' = 'fraud-detector',
'model.path' = 's3a://ml-models/fraud/v1/',
'model.format' = 'tensorflow-savedmodel',
'model.version' = 'v1',
'model.s3.endpoint' = 'http://minio:9000',
'model.s3.access-key' = 'minioadmin',
'model.s3.secret-key' = 'minioadmin',
'model.s3.path-style' = 'true',
'cache.enabled' = 'true',
'cache.ttl-minutes' = '60',
'batch.size' = '32',
'async.enabled' = 'true',
'retry.max-attempts' = '3'
);`,
  `SELECT e.id, s.score, s.confidence FROM events AS e JOIN scores FOR SYSTEM_TIME AS OF e.proc AS s ON s.f1 = e.f1 AND s.f2 = e.f2;`,
];
