-- Stands in for a language model: deterministic, free, and as slow as one.
CREATE MODEL explainer
INPUT (prompt STRING)
OUTPUT (note STRING)
WITH (
  'provider' = 'mock',
  'answer' = 'Look again. {{prompt}}',
  'latency' = '300 ms',
  'max_concurrent_requests' = '20'
);
