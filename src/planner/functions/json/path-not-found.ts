/** A path leads nowhere, or to a value that has not what it asks for. */
export class PathNotFound extends Error {}
