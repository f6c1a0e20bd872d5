// RFC 3986: everything but the unreserved characters, in UTF-8, upper-case hex.

/** Unlike encodeURIComponent also `!'()*`. A lone surrogate becomes U+FFFD. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
