import type { Key } from "./i18n.svelte";
import type { NoticeFile } from "./shapes";

/** What was opened: the one notice of a file, or why it is none, as a text and what stands in it. */
export type Opened = { file: NoticeFile; notice: string; party: string } | { fault: Key; values: Record<string, string | number> };

const BYTES_MAX = 4 * 1024 * 1024;

/** Read a notice file that was picked or dragged in; the node reads it again, strictly, before anything is filed. */
export async function opened(given: File): Promise<Opened> {
  const name = given.name;
  if (given.size > BYTES_MAX) return { fault: "file.large", values: { name, mib: BYTES_MAX / 1024 / 1024 } };
  let value: unknown;
  try {
    value = JSON.parse(await given.text());
  } catch {
    return { fault: "file.unreadable", values: { name } };
  }
  const features = (value as NoticeFile | null)?.features;
  if ((value as NoticeFile | null)?.type !== "FeatureCollection" || !Array.isArray(features)) return { fault: "file.unreadable", values: { name } };
  if (features.length === 0) return { fault: "file.empty", values: { name } };
  const broken = features.findIndex((f) => typeof f?.properties !== "object" || f.properties === null || !placed(f?.geometry));
  if (broken >= 0) return { fault: "file.feature", values: { name, n: broken + 1 } };
  const names = new Set(features.map((f) => `${f.properties["party"] ?? ""} ${f.properties["notice"] ?? ""}`));
  if (names.size > 1) return { fault: "file.several", values: { name, count: names.size } };
  const first = features[0]?.properties ?? {};
  return { file: value as NoticeFile, notice: String(first["notice"] ?? ""), party: String(first["party"] ?? "") };
}

const DEPTH: Record<string, number> = { Point: 0, LineString: 1, Polygon: 2, MultiPolygon: 3 };

/** Report whether a geometry is one of the four that a volume has, with positions where it should have them. */
function placed(geometry: { type?: unknown; coordinates?: unknown } | null | undefined): boolean {
  const depth = DEPTH[String(geometry?.type)];
  if (depth === undefined) return false;
  let inner = geometry?.coordinates;
  for (let n = 0; n < depth; n++) inner = Array.isArray(inner) ? inner[0] : undefined;
  return Array.isArray(inner) && typeof inner[0] === "number" && typeof inner[1] === "number";
}
