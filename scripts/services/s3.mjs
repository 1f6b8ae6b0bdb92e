// S3 as moto serves it: another implementation of the protocol than ours, which checks signatures with AWS's own library.

/** @type {import('./service.mjs').Service} */
export const s3 = {
  name: 's3',
  title: 'moto (S3)',
  variable: 'MILLRACE_TEST_S3_URL',
  pythonRequirements: 'scripts/services/requirements-s3.txt',
  program: 'bin/moto_server',
  needs: '5 or newer',
  otherSystems: 'python3 with venv and pip',
  launch: ({ port }) => ({ arguments: ['--host', '127.0.0.1', '--port', String(port)] }),
  url: ({ port }) => `http://127.0.0.1:${port}`,
  isReady: async ({ port }) => {
    try {
      return (await fetch(`http://127.0.0.1:${port}/moto-api/`)).ok;
    } catch {
      return false;
    }
  },
  isPortTaken: log => log.includes('Address already in use'),
};
