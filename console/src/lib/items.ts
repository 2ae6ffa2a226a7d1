import { word } from "./i18n.svelte";

/** Return an open item of a handover in words: what the node names by its own word is said in the officer's language. */
export function said(item: { about: string; text: string }): { act: string; about: string } {
  const owed = /^(\w+) owed to (\w+)$/.exec(item.text);
  if (!owed) return { act: "", about: item.text };
  const about = /^[0-9a-f]{64}$/.test(item.about) ? `${owed[2]} ${item.about.slice(0, 8)}…` : item.about;
  return { act: word("due", owed[1] ?? ""), about };
}
