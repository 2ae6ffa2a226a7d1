import "./fonts.css";
import "./app.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { baseMap } from "./lib/basemap";
import { viewAsBefore } from "./lib/api";
import { speakAsBefore } from "./lib/i18n.svelte";
import { live } from "./lib/live.svelte";
import { keepSteady } from "./lib/steady";

const target = document.getElementById("console");
if (target === null) throw new Error("the page holds no place for the console");
// What is shown is asked for while its words come.
live.start();
void baseMap();
await speakAsBefore();
viewAsBefore();
keepSteady();
mount(App, { target });
