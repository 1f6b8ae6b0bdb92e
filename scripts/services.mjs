// Real servers for work on this machine: node scripts/services.mjs start|stop|status [service ...]
import { services } from './services/all.mjs';
import { ServiceUnavailable } from './services/service.mjs';
import { standing, startStanding, stopStanding } from './services/standing.mjs';

const [command, ...names] = process.argv.slice(2);
const chosen = names.length === 0 ? services : services.filter(service => names.includes(service.name));
const unknown = names.find(name => !services.some(service => service.name === name));

const commands = {
  async start(service) {
    const { url, log } = await startStanding(service, line => console.error(line));
    console.log(`${service.name} at ${url}, log in ${log}`);
    console.log(`export ${service.variable}=${url}`);
  },
  async stop(service) {
    console.log((await stopStanding(service)) ? `${service.name} stopped` : `${service.name} was not running`);
  },
  async status(service) {
    const running = standing(service);
    console.log(running === undefined ? `${service.name} not running` : `${service.name} at ${running.url}, process ${running.pid}`);
  },
};

if (!Object.hasOwn(commands, command ?? '') || unknown !== undefined) {
  if (unknown !== undefined) console.error(`there is no service "${unknown}"`);
  console.error(`usage: node scripts/services.mjs start|stop|status [${services.map(service => service.name).join('|')} ...]`);
  process.exit(2);
}
try {
  for (const service of chosen) await commands[command](service);
} catch (error) {
  if (!(error instanceof ServiceUnavailable)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
