// What the scripts here know of a server. One file each declares one; all.mjs lists them.

/**
 * @typedef {object} Listening
 * @property {number} port on 127.0.0.1
 * @property {string | undefined} password asked of every client; none when absent
 *
 * @typedef {object} Launch
 * @property {string[]} arguments
 * @property {string} [input] given to the program's stdin
 *
 * @typedef {object} Service
 * @property {string} name as commands name it; also the name of its file
 * @property {string} title as its makers write it
 * @property {string} variable in which tests find its address. Who sets it has a server, and none is started
 * @property {string[]} [debianPackages] that hold the program; what they depend on comes with them
 * @property {string} [pythonRequirements] of a program of Python: the file that names its packages, in place of `debianPackages` and `fits`
 * @property {string} program the name of the executable, or its path in the virtual environment
 * @property {string} needs which versions will do, for messages
 * @property {(version: string) => boolean} [fits] whether what `program --version` prints will do
 * @property {string} otherSystems how to install it where there is no apt-get
 * @property {(where: Listening & { folder: string }) => Launch} launch how to start it in the foreground, with its files in `folder`
 * @property {(where: Listening) => string} url its address, with the password
 * @property {(where: Listening) => Promise<boolean>} isReady whether it answers in its own protocol
 * @property {(log: string) => boolean} isPortTaken whether a server that ended at once did so because of its port
 */

/** Says what could not be had, and what the user can do; needs no stack. */
export class ServiceUnavailable extends Error {
  name = 'ServiceUnavailable';
}
