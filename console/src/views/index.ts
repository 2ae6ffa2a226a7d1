import type { Component } from "svelte";
import type { Key } from "../lib/i18n.svelte";
import Watch from "./Watch.svelte";

/** A view of the console. To add one: a component here, its name in every language. Its number is its key with Alt. */
export interface View {
  id: string;
  name: Key;
  component: Component;
}

export const VIEWS: readonly View[] = [{ id: "watch", name: "view.watch", component: Watch }];
