/** What may stand on a dictated line, by value; the check characters are of the first 36. */
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -./,:;()'\"?!+=%&@#*<>[]";

/** Return a line as cards have it: capital letters, single blanks. A keyboard may give the letter I its Turkish dot. */
export const asOnCard = (typed: string): string => typed.toUpperCase().replace(/İ/g, "I").split(/\s+/).filter(Boolean).join(" ");

/** Report whether line `number` ends in its own check characters: ISO/IEC 7064, MOD 1271-36, over its number and text. */
export function agrees(number: number, typed: string): boolean {
  const [, text, check] = /^(.+) ([0-9A-Z]{2})$/.exec(asOnCard(typed)) ?? [];
  let rest = 0;
  for (const character of `${String(number).padStart(2, "0")}${text ?? ""}`) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return false;
    rest = (rest * 36 + value) % 1271;
  }
  const wanted = (1272 - ((rest * 1296) % 1271)) % 1271;
  return check === `${ALPHABET[Math.floor(wanted / 36)]}${ALPHABET[wanted % 36]}`;
}

/** Return how many lines a card has by its first line, or nothing where this is no first line. */
export function countOf(first: string): number | null {
  const found = /^(?:NOTICE|MESSAGE) OF .* LINES (\d{1,2}) ..$/.exec(asOnCard(first));
  return found && agrees(1, first) ? Number(found[1]) : null;
}
