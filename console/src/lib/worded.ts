import { Refusal } from "./api";
import { duration, span, zulu } from "./format";
import { known, t, word, type Key, type Values } from "./i18n.svelte";
import { short } from "./notice";
import { differing } from "./slots";
import type { Escalation, Notice, Saying, Suggestion } from "./shapes";

/** A sentence of the node: its code, and what fills it by name. */
export interface Sentence {
  code: string;
  values: Record<string, string | number | readonly string[]>;
}

/** Names of values that hold words of a closed list, which the officer reads in the own language. */
const WORDS: ReadonlySet<string> = new Set("activity alert answer area field key_role kind lead line matter outcome pair precedence reply rung step turn".split(" "));
/** Names of values that hold a watch position, or a member with one: `TR/duty watch`. */
const POSITIONS: ReadonlySet<string> = new Set(["position", "silent", "reached"]);

/** Return the name of a watch position, its usual words in the officer's language; a member's own name for it stays. */
export const position = (name: string): string => word("watch", name);

/** Return an address, a member or a member and its watch position: `TR/duty watch`. */
export function address(text: string): string {
  const at = text.indexOf("/");
  return at < 0 ? text : `${text.slice(0, at)}/${position(text.slice(at + 1))}`;
}

/** What the transport says of a line, by how it begins: the cause behind it is for engineers, and stands as it is. */
const FAULTS: readonly [RegExp, Key][] = [
  [/^\S+ cannot be reached: (?<detail>.*)$/s, "fault.unreachable"],
  [/^\S+ cannot answer now: (?<detail>.*)$/s, "fault.busy"],
  [/^\S+ refused: (?<detail>.*)$/s, "fault.refused"],
  [/^it holds what was sent and cosigns nothing/, "fault.silent"],
  [/^no address of \S+ is known here/, "fault.no_address"],
];

/** Word a fault of a line. */
export function lineFault(text: string): string {
  for (const [form, key] of FAULTS) {
    const found = form.exec(text);
    if (found) return t(key, { ...found.groups });
  }
  return text;
}

function filled(name: string, value: string | number | readonly string[]): string | number {
  if (Array.isArray(value)) return value.map((one) => filled(name, one as string)).join(", ");
  if (name === "pairs") return differing(...((value as string).split(" ≠ ", 2) as [string, string]));
  if (name.endsWith("_at")) return value === "" ? "–" : zulu(value as string, true);
  if (name.endsWith("_s")) return span(Number(value) * 1000);
  if (typeof value !== "string") return value as number;
  if (name === "fault") return lineFault(value);
  if (POSITIONS.has(name)) return name === "position" ? position(value) : address(value);
  return WORDS.has(name) ? word(name, value) : value;
}

const fill = (values: Sentence["values"]): Values => ({
  named: short(`${values["party"]} ${values["notice"]}`),
  ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, filled(name, value)])),
});

/** Word a sentence of the node. Where this console does not know its code, the node's own English text stands. */
export function sentence(one: Sentence | null | undefined, text: string): string {
  const key = one ? known(one.code) : null;
  return one && key ? t(key, fill(one.values)) : text;
}

/** Word a refusal: what is refused in the officer's language, then the node's own words, which name the spot. */
export function refusal(fault: Refusal): string {
  const values = fault.members as Sentence["values"];
  const why = typeof fault.members["why"] === "string" ? known(`refused.${fault.members["why"]}`) : null;
  if (why) return t(why, fill(values));
  const slug = fault.type.split("/").pop() ?? "";
  const title = known(`refused.${slug}`);
  if (!title) return fault.message;
  return slug === "malformed" ? t(title, { where: spot(String(values["where"])), found: String(values["found"]), expected: String(values["expected"]) }) : t("refused.detail", { title: t(title), detail: fault.message });
}

/** Name the field of a form that a refusal points at; what is no field of one stays as the node names it. */
function spot(where: string): string {
  const field = /\/properties\/(\w+)$/.exec(where)?.[1] ?? "";
  return known(`field.${field}`) ? word("field", field) : where;
}

/** Word that a position of others stays silent: of what urgency, between whom. */
export function silence(one: { urgency: string; from: string; silent: string }): string {
  return t("envelope.silent", { urgency: urgencyOf(one.urgency), author: one.from, silent: address(one.silent) });
}

/** Word how urgent a matter is that went between others: whose fire it is, nobody is told here. */
export const urgencyOf = (urgency: string): string =>
  urgency === "stop_fire" ? t("stopfire.open") : known(`precedence.${urgency}`) ? word("precedence", urgency) : word("alert", urgency);

/** Word a step of an escalation: who was silent, who was reached instead, when. */
export const passed = (e: Escalation): string =>
  t("escalation.step", { rung: word("rung", e.rung), reached: address(e.reached), silent: address(e.silent), at: zulu(e.said.claimed, true) });

/** Word that a position of the host has called about a silence, and when. */
export const called = (by: Saying): string => t("envelope.called", { member: by.member, position: by.positions.map(position).join(", "), at: zulu(by.claimed, true) });

/** Word how late a notice was filed, beside what the agreement asks. */
export function lateness(one: Notice["lateness"]): string {
  const filed = t(one.margin_s >= 0 ? "late.before" : "late.after", { span: span(Math.abs(one.margin_s) * 1000) });
  return one.late ? `${filed} ${t("late.asked", { asked: duration(one.lead_s * 1000), lead: word("lead", one.rule), short: span(one.short_by_s * 1000) })}` : filed;
}

/** Word a way out: what it shifts, and that nothing more was looked at than is known now. */
export function wayOut(way: Suggestion): string {
  const basis = t("way.basis");
  if (way.kind === "time") {
    const by = way.shift_s ?? 0;
    return `${t(by > 0 ? "way.later" : "way.earlier", { span: duration(Math.abs(by) * 1000) })} ${basis}`;
  }
  const by = way.shift_m ?? 0;
  const amount = `${Math.round(Math.abs(by) / 0.3048)} ft (${Math.round(Math.abs(by))} m)`;
  return `${t(by > 0 ? "way.higher" : "way.lower", { amount })} ${way.ground_unchecked ? `${t("way.ground")} ` : ""}${basis}`;
}

/** Word where the minima come from: which agreement, and which row of it; a row that its members named stays as they named it. */
export function minimaSource(source: string): string {
  const one = (part: string): string => {
    const found = /^(?:agreement version (\d+)|default agreement \(none is in force\)): (.*)$/.exec(part);
    if (!found) return part;
    const row = word("separation", found[2] ?? "");
    return found[1] ? t("minima.version", { version: found[1], row }) : t("minima.default", { row });
  };
  return source.split("; ").map(one).join("; ");
}

/** Return the lines of a draft: its sentences in the officer's language, figures and what people wrote as they stand. */
export function draftLines(draft: { words: readonly string[]; sentences?: readonly (Sentence | null)[] }): string[] {
  return draft.words.map((line, n) => (/^ */.exec(line)?.[0] ?? "") + sentence(draft.sentences?.[n], line).trimStart());
}

/** Return a reason for which an entry has no effect, in words. */
export const withoutEffect = (reason: string): string => word("effect", reason);

/** Word why a body is kept although its author ordered it destroyed. The node's sentence may name a member, a time or a kind. */
export function keptBecause(reason: string): string {
  let named = "";
  const form = reason.replace(/[A-Z][A-Z0-9]{1,7}|\d{4}-\S+Z|(?<=not a ).+/, (found) => ((named = found), "X"));
  const key = known(`kept.${form}`);
  return key ? t(key, { named: /^\d/.test(named) ? zulu(named, true) : word("kind", named) }) : reason;
}

/** Return whose key it is: an officer's, by number, or one of the node's by what it is for. */
export function keyRole(role: string): string {
  const officer = /^officer\/(.+)$/.exec(role);
  return officer ? t("shift.officer", { officer: officer[1] ?? "" }) : word("key_role", role);
}
