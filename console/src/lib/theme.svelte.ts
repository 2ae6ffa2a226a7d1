import tokens from "../tokens.json";

export type Theme = keyof typeof tokens;
export type Token = keyof (typeof tokens)["dark"];

const KEPT = "clearline-theme";
const kept = localStorage.getItem(KEPT);

/** The theme in use; `light` is also what is printed. */
export const theme = $state<{ name: Theme }>({ name: kept !== null && kept in tokens ? (kept as Theme) : "dark" });

/** Return the colour of a token in the theme in use, for what CSS cannot reach: the map and drawings. */
export function colour(token: Token): string {
  return tokens[theme.name][token];
}

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

function declared(name: Theme): string {
  const colours = Object.entries(tokens[name]).map(([token, value]) => `--${token}:${value};`);
  return `${colours.join("")}color-scheme:${name === "light" ? "light" : "dark"};`;
}

/** Put the tokens of a theme where every style reads them. Paper, and what is shown as paper, is light whatever the screen is. */
export function apply(name: Theme): void {
  theme.name = name;
  localStorage.setItem(KEPT, name);
  const paper = declared("light");
  sheet.replaceSync(`:root{${declared(name)}} .paper{${paper}} @media print{:root{${paper}}}`);
}

const MEMBER_COLOURS = 5;

/** Return the token of a member's colour; `members` come parties first, so these have the colours that lie furthest apart. */
export function memberToken(member: string, members: readonly string[]): Token {
  const at = Math.max(0, members.indexOf(member));
  return `party-${(at % MEMBER_COLOURS) + 1}` as Token;
}
