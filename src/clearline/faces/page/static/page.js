// Keeps the page of a node alive: the clock ticks, news are fetched, what no longer updates turns grey and says its
// age, and what is selected in one place is selected everywhere. Without this script the page reloads itself.
"use strict";

(() => {
  const STALE_AFTER_MS = 25_000; // two and a half refreshes that failed
  const REFRESH_MS = 10_000; // ages and lines change without news
  const LEAST_BETWEEN_MS = 700; // a busy hour must not redraw without pause

  const live = document.getElementById("live");
  const bar = document.getElementById("bar");
  const frozen = document.getElementById("frozen");
  if (!live || !bar || !frozen) return;

  let fetchedAt = performance.now();
  let serverAt = Number(document.body.dataset.at);
  let busy = false;
  let wanted = false;
  let gone = "";
  let selected = "";

  const two = (n) => String(n).padStart(2, "0");
  const nowMs = () => serverAt + (performance.now() - fetchedAt);

  const age = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 60) return `${s} s`;
    const m = Math.floor(s / 60);
    if (m < 60) return `${m} min`;
    const h = Math.floor(m / 60);
    return h < 48 ? `${h} h ${two(m % 60)} min` : `${Math.floor(h / 24)} d ${h % 24} h`;
  };

  const tick = () => {
    const now = new Date(nowMs());
    const clock = document.getElementById("zulu");
    const local = document.getElementById("local");
    if (clock) clock.textContent = `${two(now.getUTCHours())}:${two(now.getUTCMinutes())}:${two(now.getUTCSeconds())}Z`;
    if (local) {
      const offset = -now.getTimezoneOffset();
      const sign = offset < 0 ? "−" : "+";
      const away = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
      local.textContent = `${two(now.getHours())}:${two(now.getMinutes())} local (UTC${away})`;
    }
    for (const node of document.querySelectorAll("[data-since]")) {
      node.textContent = age(nowMs() - Number(node.dataset.since));
    }
    const old = performance.now() - fetchedAt;
    const stale = gone !== "" || old > STALE_AFTER_MS;
    document.body.classList.toggle("stale", stale);
    if (stale) {
      frozen.textContent = `■ ${gone || "NOT UPDATING"}. What you see is ${age(old)} old.`;
    }
  };

  const mark = () => {
    for (const node of document.querySelectorAll(".selected")) node.classList.remove("selected");
    if (!selected) return;
    // A row names itself first and then what belongs to it: a conflict its notices, a notice its conflicts.
    const row = document.getElementById(selected);
    const together = new Set([selected, ...(row?.dataset.keys ?? "").split(" ")]);
    for (const node of document.querySelectorAll("[data-keys]")) {
      if (together.has(node.dataset.keys.split(" ")[0])) node.classList.add("selected");
    }
  };

  const select = (key) => {
    selected = key;
    mark();
  };

  const refresh = async () => {
    if (busy) {
      wanted = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch(`/fragment${location.search}`, { cache: "no-store", credentials: "same-origin" });
      if (answer.status === 401) {
        gone = "SESSION ENDED: log in again";
      } else if (answer.ok) {
        const text = await answer.text();
        const open = new Set([...live.querySelectorAll("details[open][id]")].map((node) => node.id));
        const focus = document.activeElement && document.activeElement.id;
        const parts = new DOMParser().parseFromString(text, "text/html");
        for (const part of parts.querySelectorAll("[data-for]")) {
          document.getElementById(part.dataset.for)?.replaceChildren(...part.childNodes);
        }
        for (const id of open) document.getElementById(id)?.setAttribute("open", "");
        if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
        gone = "";
        serverAt = Number(answer.headers.get("X-Clearline-At")) || Date.now();
        fetchedAt = performance.now();
        mark();
        tick();
      }
    } catch {
      // The node does not answer: the page ages until it does.
    }
    busy = false;
    if (wanted) {
      wanted = false;
      setTimeout(refresh, LEAST_BETWEEN_MS);
    }
  };

  const listen = () => {
    const stream = new EventSource("/live");
    stream.addEventListener("changed", () => setTimeout(refresh, 50));
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, REFRESH_MS);
    });
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target || target.closest("button, summary, input")) return;
    const link = target.closest("a[href^='#']");
    if (link) {
      select(link.getAttribute("href").slice(1));
      return;
    }
    if (target.closest("a")) return;
    const node = target.closest("[data-keys]");
    if (!node) return;
    const key = node.dataset.keys.split(" ")[0];
    select(selected === key ? "" : key);
    history.replaceState(null, "", selected ? `#${selected}` : location.pathname + location.search);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") select("");
  });
  window.addEventListener("hashchange", () => select(decodeURIComponent(location.hash.slice(1))));

  select(decodeURIComponent(location.hash.slice(1)));
  tick();
  setInterval(tick, 250);
  setInterval(refresh, REFRESH_MS);
  listen();
})();
