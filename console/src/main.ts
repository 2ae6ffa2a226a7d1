import "./fonts.css";
import "./app.css";
import { mount } from "svelte";
import App from "./App.svelte";

const target = document.getElementById("console");
if (target === null) throw new Error("the page holds no place for the console");
mount(App, { target });
