import type { Component } from "svelte";
import type { Key } from "../lib/i18n.svelte";
import Acts from "./Acts.svelte";
import Agreement from "./Agreement.svelte";
import File from "./File.svelte";
import Hotline from "./Hotline.svelte";
import Inbox from "./Inbox.svelte";
import Lines from "./Lines.svelte";
import Print from "./Print.svelte";
import Record from "./Record.svelte";
import Shift from "./Shift.svelte";
import Watch from "./Watch.svelte";

/** A view of the console. To add one: a component here, its name in every language. Its number is its key with Alt. */
export interface View {
  id: string;
  name: Key;
  component: Component;
}

export const VIEWS: readonly View[] = [
  { id: "watch", name: "view.watch", component: Watch },
  { id: "inbox", name: "view.inbox", component: Inbox },
  { id: "file", name: "view.file", component: File },
  { id: "hotline", name: "view.hotline", component: Hotline },
  { id: "lines", name: "view.lines", component: Lines },
  { id: "shift", name: "view.shift", component: Shift },
  { id: "acts", name: "view.acts", component: Acts },
  { id: "agreement", name: "view.agreement", component: Agreement },
  { id: "record", name: "view.record", component: Record },
  { id: "print", name: "view.print", component: Print },
];
