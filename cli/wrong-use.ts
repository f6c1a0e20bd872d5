/** The command line is wrong; a sentence that says how. */
export class WrongUse extends Error {}
