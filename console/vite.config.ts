import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const here = import.meta.dirname;
const out = join(here, "../src/clearline/faces/console/static");
const maplibre = join(here, "node_modules/maplibre-gl/src");

/** Every file that the bundle is made from, by its path with slashes, sorted. */
export function sources(): string[] {
  const roots = ["src", "index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"];
  const walk = (path: string): string[] =>
    statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => walk(join(path, name))) : [path];
  return roots
    .flatMap((root) => walk(join(here, root)))
    .map((path) => relative(here, path).split(sep).join("/"))
    .sort();
}

/** Write down what the bundle was built from: a test compares it, so sources and bundle cannot drift apart. */
function stamp(): Plugin {
  return {
    name: "stamp",
    apply: "build",
    closeBundle() {
      const hash = createHash("sha256");
      for (const path of sources()) {
        const raw = readFileSync(join(here, path));
        hash.update(`${path}\n${createHash("sha256").update(raw).digest("hex")}\n`);
      }
      writeFileSync(join(out, "sources.sha256"), `${hash.digest("hex")}\n`);
    },
  };
}

const scopes = new Map<string, string>();
/** Return a short name for the styles of one component: it stands in each of its elements. */
function scope({ css, hash }: { css: string; hash: (input: string) => string }): string {
  const name = `s${hash(css).slice(-4)}`;
  if ((scopes.get(name) ?? css) !== css) throw new Error(`two components have ${name}: make the name longer`);
  scopes.set(name, css);
  return name;
}

// The library's own bundle holds what page and worker share twice; built from its sources they share one file.
export default defineConfig({
  base: "/console/",
  plugins: [svelte({ compilerOptions: { cssHash: scope, runes: true, discloseVersion: false } }), stamp()],
  resolve: {
    alias: [
      { find: /^maplibre-gl$/, replacement: join(maplibre, "index.ts") },
      // A decoder for tiles that no chart of an operator may hold.
      { find: /^@maplibre\/mlt$/, replacement: join(here, "src/lib/mlt.ts") },
      { find: /^.*\/projection\/projection_factory\.ts$/, replacement: join(here, "src/lib/projection.mjs") },
      { find: /^#maplibre/, replacement: maplibre },
      { find: /^\.\/(.*\/)?(attribution_control|logo_control|default_locale)\.ts$/, replacement: join(here, "src/lib/unused.ts") },
      { find: /^@mapbox\/tiny-sdf$/, replacement: join(here, "src/lib/glyphs.ts") },
    ],
  },
  // The library declares fields that its constructors' bases fill: such a field must not be defined anew.
  oxc: { assumptions: { setPublicClassFields: true }, typescript: { removeClassFieldsWithoutInitializer: true } },
  build: {
    outDir: out,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    rollupOptions: {
      input: { index: join(here, "index.html"), worker: join(maplibre, "source/worker.ts") },
      output: {
        entryFileNames: (chunk) => (chunk.name === "worker" ? "assets/worker.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
