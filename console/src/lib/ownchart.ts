import type { addProtocol, ErrorEvent, Map } from "maplibre-gl";
import { type Header, PMTiles, Protocol } from "pmtiles";
import { t } from "./i18n.svelte";
import { colour } from "./theme.svelte";

/** Above the land and under the rivers: what is drawn of the channel stays on top. */
const BENEATH = "rivers";
const HEADER_BYTES = 127;
const VECTOR = 1;
const PICTURES: readonly number[] = [2, 3, 4, 5];
/** None and gzip: what every browser opens. Source: PMTiles specification, version 3, compression. */
const COMPRESSIONS: readonly number[] = [1, 2];

let known = false;
/** What ends the listening for faults of the chart that was laid last. */
let unlisten: () => void = () => undefined;

/** Return why a chart cannot be laid, or nothing. `bytes` is the size of the file: no part of it may lie beyond. */
function damage(header: Header, bytes: number): string {
  if (header.tileType !== VECTOR && !PICTURES.includes(header.tileType)) return t("chart.own.type");
  if (!COMPRESSIONS.includes(header.internalCompression) || !COMPRESSIONS.includes(header.tileCompression)) return t("chart.own.compression");
  const spans = [
    [header.rootDirectoryOffset, header.rootDirectoryLength],
    [header.jsonMetadataOffset, header.jsonMetadataLength],
    [header.leafDirectoryOffset, header.leafDirectoryLength ?? 0],
    [header.tileDataOffset, header.tileDataLength ?? 0],
  ];
  if (header.rootDirectoryLength === 0 || spans.some(([at = 0, length = 0]) => at + length > bytes)) return t("chart.own.short");
  if (header.minZoom > header.maxZoom || header.minLon >= header.maxLon || header.minLat >= header.maxLat) return t("chart.own.bounds");
  return "";
}

function clean(on: Map): void {
  unlisten();
  for (const layer of on.getStyle().layers) if (layer.id.startsWith("own-")) on.removeLayer(layer.id);
  if (on.getSource("own")) on.removeSource("own");
}

/** Take away the operator's chart that is laid, and lay another: pictures as they are, vector tiles as plain lines.

`wanted` says whether it is still asked for once its header is there; `fail` is told in words why it is refused. */
export async function lay(on: Map, add: typeof addProtocol, name: string, bytes: number, wanted: () => boolean, fail: (why: string) => void): Promise<void> {
  clean(on);
  if (name === "") return;
  if (bytes < HEADER_BYTES) return fail(t("chart.own.short"));
  if (!known) add("pmtiles", new Protocol().tile);
  known = true;
  const address = `${location.origin}/console/charts/${encodeURIComponent(name)}`;
  const tiles = new PMTiles(address);
  let header: Header;
  let layers: readonly { id: string }[] = [];
  try {
    header = await tiles.getHeader();
    if (header.tileType === VECTOR && damage(header, bytes) === "")
      layers = ((await tiles.getMetadata()) as { vector_layers?: { id: string }[] }).vector_layers ?? [];
  } catch {
    return fail(t("chart.own.unread"));
  }
  const why = damage(header, bytes) || (header.tileType === VECTOR && layers.length === 0 ? t("chart.own.empty") : "");
  if (why !== "") return fail(why);
  if (on.getSource("own") || !wanted()) return;
  const failed = (event: ErrorEvent & { sourceId?: string }): void => {
    if (event.sourceId !== "own") return;
    clean(on);
    fail(t("chart.own.unread"));
  };
  on.on("error", failed);
  unlisten = () => void on.off("error", failed);
  if (header.tileType === VECTOR) {
    on.addSource("own", { type: "vector", url: `pmtiles://${address}` });
    for (const { id } of layers)
      on.addLayer({ id: `own-${id}`, type: "line", source: "own", "source-layer": id, paint: { "line-color": colour("border"), "line-width": 0.8 } }, BENEATH);
  } else {
    on.addSource("own", { type: "raster", url: `pmtiles://${address}`, tileSize: 256 });
    on.addLayer({ id: "own-picture", type: "raster", source: "own", paint: { "raster-fade-duration": 0 } }, BENEATH);
  }
}
