/** Node's own options of the server, as scripts/launch.mjs has them. */
export const nodeOptions: readonly string[] = ['--max-semi-space-size=8', '--expose-gc'];
