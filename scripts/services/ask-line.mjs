import { connect } from 'node:net';

/**
 * Sends `text` to a local port and returns all that comes back until the server closes, at most 1 s later.
 * Empty where nobody listens.
 */
export function askLine(port, text) {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    const settle = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, settle);
    socket.on('connect', () => socket.write(text));
    socket.on('data', data => (answer += data.toString('latin1')));
    socket.on('error', settle);
    socket.on('close', settle);
  });
}
