// Words by which a contact asks not to be written to again. The first word of the message counts, whatever follows:
// "STOP svp" and "Stop, merci." are meant as they are said, and who is left alone by mistake can be asked again, while
// who is written to after a STOP has a right to complain. Case, accents and punctuation do not matter.

const everywhere = ['STOP', 'ARRET', 'DESABO'];

/** `own`: the space's words, each of one or more words. */
export function asksToStop(text: string, own: readonly string[]): boolean {
  const said = ` ${plain(text)} `;
  return [...everywhere, ...own].map(plain).some((word) => word !== '' && said.startsWith(` ${word} `));
}

/** Letters and digits in capitals without accents, words parted by one blank. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
