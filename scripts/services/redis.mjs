// Redis, as Debian packs it.
import { askLine } from './ask-line.mjs';

/** @type {import('./service.mjs').Service} */
export const redis = {
  name: 'redis',
  title: 'Redis',
  variable: 'MILLRACE_TEST_REDIS_URL',
  debianPackages: ['redis-server'],
  program: 'redis-server',
  needs: '6.2 or newer',
  fits: version => /v=(\d+)\.(\d+)/.test(version) && Number(/v=(\d+\.\d+)/.exec(version)[1]) >= 6.2,
  otherSystems: 'macOS: brew install redis',
  // The settings come by stdin, so that a password is in no list of processes. Nothing is kept on disk but the log.
  launch: ({ port, folder, password }) => ({
    arguments: ['-'],
    input: [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${JSON.stringify(folder)}`,
      'save ""',
      'appendonly no',
      ...(password === undefined ? [] : [`requirepass ${JSON.stringify(password)}`]),
      '',
    ].join('\n'),
  }),
  url: ({ port, password }) => `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}/0`,
  isReady: async ({ port, password }) => {
    const login = password === undefined ? '' : `AUTH ${JSON.stringify(password)}\r\n`;
    return (await askLine(port, `${login}PING\r\nQUIT\r\n`)).includes('+PONG');
  },
  isPortTaken: log => log.includes('Address already in use'),
};
