import { get } from "./api";
import type { AsOf } from "./shapes";

/** A dictation card: what is read aloud over any voice line, line by line, each with its two check characters last. */
export interface Card {
  author: string;
  kind: string;
  reference: string;
  lines: { number: number; text: string; check: string }[];
  code: string;
  as_of: AsOf;
}

/** Ask for the card of a notice. */
export const cardOf = (party: string, notice: string): Promise<Card> =>
  get<Card>(`notices/${encodeURIComponent(party)}/${encodeURIComponent(notice)}/card`);

/** Ask for the card of a message of one's own. */
export const cardOfMessage = (entry: string): Promise<Card> => get<Card>(`messages/${entry}/card`);
