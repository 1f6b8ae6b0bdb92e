CREATE MODEL explainer
INPUT (prompt STRING)
OUTPUT (note STRING)
WITH (
  'provider' = 'openai',
  'task' = 'chat-completion',
  'api_key' = '${OPENAI_API_KEY}',
  'model_name' = 'gpt-4o-mini',
  'system_prompt' = 'You help a pathologist. Say in one short sentence why a sample with these measurements is a borderline case.',
  'temperature' = '0',
  'max_tokens' = '60',
  'max_concurrent_requests' = '20',
  'on_error' = 'null'
);
