import type en from "../i18n/en.json";

export type Key = keyof typeof en;
type Texts = Record<string, string>;

export interface Language {
  code: string;
  name: string;
  rtl: boolean;
}

/** The six languages of the channel, each by its own name. */
export const LANGUAGES: readonly Language[] = [
  { code: "en", name: "English", rtl: false },
  { code: "tr", name: "Türkçe", rtl: false },
  { code: "he", name: "עברית", rtl: true },
  { code: "ar", name: "العربية", rtl: true },
  { code: "ru", name: "Русский", rtl: false },
  { code: "az", name: "Azərbaycanca", rtl: false },
];

/** Where the texts of each language are: files of the package, asked for when the language is chosen. */
const places = import.meta.glob<string>("../i18n/*.json", { eager: true, query: "?url", import: "default" });
const KEPT = "clearline-language";
/** The same choice, for the login, which runs no script: the node names its cookies by its port. */
const COOKIE = `clearline_language_${location.port || (location.protocol === "https:" ? 443 : 80)}=`;
const YEAR_S = 31_536_000;

/** First-strong isolate and its end (Unicode UAX #9): what stands between cannot turn its surroundings round. */
const ISOLATE = String.fromCodePoint(0x2068);
const END = String.fromCodePoint(0x2069);

const state = $state({ code: "en" });
let texts = $state.raw<Texts>({});
let asked = 0;

/** The language in use. */
export const language = {
  get code(): string {
    return state.code;
  },
  get rtl(): boolean {
    return LANGUAGES.find((l) => l.code === state.code)?.rtl ?? false;
  },
};

const AGAIN_MS = 1_000;

/** Speak a language from now on: texts, direction of the page, and what assistive technology is told.

Where its texts cannot be had, the language stays as it was; reports whether it is spoken. */
export async function speak(code: string): Promise<boolean> {
  const number = ++asked;
  const place = places[`../i18n/${code}.json`];
  if (place === undefined) return false;
  let found: Texts;
  try {
    const answer = await fetch(place);
    if (!answer.ok) return false;
    found = (await answer.json()) as Texts;
  } catch {
    return false;
  }
  if (number !== asked) return true;
  texts = found;
  state.code = code;
  localStorage.setItem(KEPT, code);
  document.cookie = `${COOKIE}${code};path=/;samesite=strict;max-age=${YEAR_S}${location.protocol === "https:" ? ";secure" : ""}`;
  document.documentElement.lang = state.code;
  document.documentElement.dir = language.rtl ? "rtl" : "ltr";
  return true;
}

/** Return the language that was chosen last at this browser, here or at the login, else the one that the browser wants. */
function wanted(): string {
  const chosen = document.cookie.split("; ").find((one) => one.startsWith(COOKIE))?.slice(COOKIE.length);
  return chosen ?? localStorage.getItem(KEPT) ?? navigator.languages.map((l) => l.slice(0, 2)).find((code) => LANGUAGES.some((l) => l.code === code)) ?? "en";
}

/** Speak the language that is wanted, or English; without any text nothing can be shown. */
export async function speakAsBefore(): Promise<void> {
  while (!((await speak(wanted())) || (await speak("en"))))
    await new Promise((done) => setTimeout(done, AGAIN_MS));
}

export type Values = Record<string, string | number>;

/** Return the text of a key; a counted one (filled by `count`) in the form that its language has for that number. */
function textOf(key: Key, values: Values): string {
  const count = values["count"];
  if (typeof count === "number") {
    // The bare key holds the form for all other numbers; `key#one`, `key#few` … those that differ from it.
    const form = texts[`${key}#${new Intl.PluralRules(state.code).select(count)}`];
    if (form !== undefined) return form;
  }
  return texts[key] ?? key;
}

/** Return a text that cannot turn its surroundings round, nor they it. */
export const isolated = (text: string | number): string => `${ISOLATE}${text}${END}`;

/** Return a text in the language in use; `{name}` is filled in, isolated from the direction of what stands round it. */
export function t(key: Key, values: Values = {}): string {
  const text = textOf(key, values);
  return text.replace(/\{(\w+)\}/g, (_, name: string) => isolated(values[name] ?? ""));
}

/** Return the key of that name, or nothing where there is none. */
export function known(key: string): Key | null {
  return key in texts ? (key as Key) : null;
}

/** Return the word for one of the node's closed words, or the word itself where there is none. */
export function word(group: string, value: string): string {
  const key = `${group}.${value}`;
  return key in texts ? t(key as Key) : value;
}
