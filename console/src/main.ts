import "./fonts.css";
import "./app.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { baseMap } from "./lib/basemap";
import { viewAsBefore } from "./lib/api";
import { speakAsBefore } from "./lib/i18n.svelte";

const target = document.getElementById("console");
if (target === null) throw new Error("the page holds no place for the console");
void baseMap();
await speakAsBefore();
viewAsBefore();
mount(App, { target });
