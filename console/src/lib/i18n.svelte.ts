import en from "../i18n/en.json";

export type Key = keyof typeof en;
/** A table as it is built: its texts alone, in the order of the English ones, so that no name is shipped six times. */
type Texts = readonly string[];

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

const tables = import.meta.glob<Texts>(["../i18n/*.json", "!../i18n/en.json"], { eager: true, import: "default" });
const at = new Map(Object.keys(en).map((key, n) => [key, n]));
const KEPT = "clearline-language";

/** First-strong isolate and its end (Unicode UAX #9): what stands between cannot turn its surroundings round. */
const ISOLATE = String.fromCodePoint(0x2068);
const END = String.fromCodePoint(0x2069);

const state = $state({ code: "en" });

/** The language in use. */
export const language = {
  get code(): string {
    return state.code;
  },
  get rtl(): boolean {
    return LANGUAGES.find((l) => l.code === state.code)?.rtl ?? false;
  },
};

/** Speak a language from now on: texts, direction of the page, and what assistive technology is told. */
export function speak(code: string): void {
  state.code = LANGUAGES.some((l) => l.code === code) ? code : "en";
  localStorage.setItem(KEPT, state.code);
  document.documentElement.lang = state.code;
  document.documentElement.dir = language.rtl ? "rtl" : "ltr";
}

/** Return a text in the language in use; `{name}` is filled in, isolated from the direction of what stands round it. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = tables[`../i18n/${state.code}.json`]?.[at.get(key) ?? -1] ?? en[key];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => `${ISOLATE}${values[name] ?? ""}${END}`);
}

/** Return the word for one of the node's closed words, or the word itself where there is none. */
export function word(group: string, value: string): string {
  const key = `${group}.${value}`;
  return key in en ? t(key as Key) : value;
}

speak(localStorage.getItem(KEPT) ?? "en");
