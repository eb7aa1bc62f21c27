/** What moves the cursor of a terminal, or pretends to be another line. Texts in files are chosen by strangers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** A text as one line without control characters, for terminals. */
export function oneLine(text: string): string {
  return withoutCommands(withoutControls(text).trim());
}

/** A text without control characters. */
export function withoutControls(text: string): string {
  return text.replaceAll(CONTROL, ' ');
}

/** The runner of GitHub Actions obeys what it is shown: "::" at the beginning of a line, and "##[" anywhere. */
function withoutCommands(text: string): string {
  return text.replace(/^::/, ': :').replaceAll('##[', '## [');
}
