// Chat completions with as little work as possible. Requests `slowFrom` to `slowTo` wait for `slowMs`, the others for `latencyMs`.
import { createServer } from 'node:http';

const [latencyMs, slowFrom = Infinity, slowTo = Infinity, slowMs = 0] = process.argv.slice(2).map(Number);
let requests = 0;

const server = createServer((request, response) => {
  const waitMs = requests >= slowFrom && requests < slowTo ? slowMs : latencyMs;
  requests++;
  let body = '';
  request.setEncoding('utf8');
  request.on('data', data => (body += data));
  request.on('end', () => {
    const { model, messages } = JSON.parse(body);
    const text = JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 0,
      model,
      choices: [{ index: 0, message: { role: 'assistant', content: `answer to ${messages.at(-1).content}` }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    });
    const answer = () => response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
    if (waitMs > 0) setTimeout(answer, waitMs);
    else answer();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/v1`));
