import { zulu } from "./format";
import { isolated, known, t, word } from "./i18n.svelte";
import { live } from "./live.svelte";
import { short } from "./notice";
import type { Message } from "./shapes";
import { phraseText } from "./slots";
import { sentence, type Sentence } from "./worded";

/**
 * What the node writes into the list of a handover. It is signed as it stands, so it has no code beside it; these are its forms.
 * What follows none of them is what somebody wrote.
 */
const FORMS: readonly [RegExp, string][] = [
  [/^line check of (?<slot_at>\S+): (?<caller>\S+) calls (?<called>\S+)$/, "owed.line_check"],
  [/^(?<called>\S+) answers the line check of (?<check_at>\S+) by (?<caller>\S+)$/, "owed.line_check_answer"],
  [/^final reply of (?<asked>\S+) to the enquiry of (?<author>\S+) \(so far: (?<reply>\w+)\)$/, "owed.enquiry"],
  [/^answer the pair offered by (?<author>\S+): (?<mine>\S+) and (?<yours>\S+)$/, "owed.pair_accept"],
  [/^seal the pair (?<mine>\S+) and (?<yours>\S+), or let it lapse$/, "owed.pair_settlement"],
  [/^line to (?<member>\S+): (?<line>\w+); last heartbeat (?<heard_at>[^\s,]+), /, "owed.line"],
  [/^(?<alert>\w+) of (?<author>\S+), not answered by us$/, "item.alert_of"],
  [/^exchange with (?<member>\S+) suspended by (?<author>\S+): (?<reason>.*)$/s, "item.suspended"],
  [/^(?<kind>\w+) waits for its second person until (?<until_at>\S+)$/, "item.second"],
  [/^(?<a>\S+ \S+) and (?<b>\S+ \S+)$/, "item.both"],
];

/** Return an open item of a handover in words: what the node names by its own word is said in the officer's language. */
export function said(item: { about: string; text: string }): { act: string; about: string } {
  const owed = /^(\w+) owed to (\w+)$/.exec(item.text);
  if (owed && known(`due.${owed[1]}`)) return { act: word("due", owed[1] ?? ""), about: /^[0-9a-f]{64}$/.test(item.about) ? message(item.about) ?? `${owed[2]} ${item.about.slice(0, 8)}…` : short(item.about) };
  const unlike = /^read back otherwise than filed: (.+)$/.exec(item.text)?.[1];
  if (unlike) return { act: isolated(short(item.about)), about: sentence({ code: "owed.differs", values: { field: unlike.split(", ") } }, item.text) };
  const [, member = "", author = "", found = ""] = /^(\S+) read back otherwise than (\S+) said: (.+)$/.exec(item.text) ?? [];
  const pairs = [...found.matchAll(/\w+ said (.+?), read (.+?)(?=;|, and \d|$)/g)].map(([, one, other]) => `${one} ≠ ${other}`);
  if (pairs.length > 0) return { act: "", about: sentence({ code: "owed.unlike", values: { member, author, pairs } }, item.text) };
  for (const [form, code] of FORMS) {
    const found = form.exec(item.text);
    if (found) return { act: "", about: sentence({ code, values: Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, value]) => [name, short(value)])) } as Sentence, item.text) };
  }
  return { act: "", about: item.text };
}

/** Of a message's text no more names it than this. */
const NAMED_BY = 40;

/** Return what names a message to people: how urgent, from whom, and when; nothing where it is not among those held. */
export function message(id: string, withWords = false, held: readonly Message[] = live.messages): string | null {
  const found = held.find((m) => m.said.entry.id === id);
  if (!found) return null;
  const name = `${t("due.from", { precedence: word("precedence", found.precedence), member: found.said.member })} · \u2066${zulu(found.said.claimed)}\u2069`;
  const words = [...(found.text || (found.words?.phrases.map((p) => phraseText(p) ?? p.plain).join(" ") ?? "")).replace(/\s+/g, " ")];
  return withWords && words.length > 0 ? `${name} · ${isolated(words.length > NAMED_BY ? `${words.slice(0, NAMED_BY).join("")}…` : words.join(""))}` : name;
}
