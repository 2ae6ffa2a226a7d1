/** A refusal as RFC 9457 tells it: what, where, and what is expected. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly members: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** The line to the own node is down: nothing was asked, nothing was stored that we know of. */
export class LineDown extends Error {}

/** What was asked is wanted no more: something newer is asked in its place. */
export class Superseded extends Error {}

const TIMEOUT_MS = 15_000;
/** For what is carried as a file: up to 48 MiB, each entry of which the node checks. */
const FILE_TIMEOUT_MS = 180_000;

const VIEW = "clearline-view";

/** The session has ended: whoever logs in again comes back to this view. Nothing was asked, and nothing is kept to be sent. */
function logInAgain(): void {
  sessionStorage.setItem(VIEW, location.hash);
  location.assign("/login");
}

/** Stands in this tab while an officer leaves it: nothing that was typed is kept then. */
export const OUT = "clearline-out";

/** End the session at this desk: whoever comes next logs in as who they are. */
export async function logOut(): Promise<void> {
  try {
    await ask("DELETE", "session");
    sessionStorage.setItem(OUT, "1");
    location.assign("/login");
  } catch (fault) {
    // Nobody was logged out where the node was not reached: the last picture stays.
    if (!(fault instanceof LineDown)) throw fault;
  }
}

/** Go to the view that stood when the session ended, unless the address names another. */
export function viewAsBefore(): void {
  const view = sessionStorage.getItem(VIEW);
  sessionStorage.removeItem(VIEW);
  if (view && location.hash === "") history.replaceState(null, "", view);
}

/** Signs that turn the direction of writing: with them `1500` stands on a screen where `0051` was signed. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;
/** An island as the node's own sentences have it: what is inside of it cannot turn what is outside, nor itself. */
const ISLAND = /(\u2066[^\u202a-\u202e\u2066-\u2069]*\u2069)/;
const ANY = /[\u202a-\u202e\u2066-\u2069]|\\u20[26]/i;

/** Read an answer; in texts of others what would turn them is shown as what it is, a sign that is no letter. */
export function readJson(text: string): unknown {
  if (!ANY.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === "string" ? value.split(ISLAND).map((part, n) => (n % 2 ? part : part.replace(TURNING, "\ufffd"))).join("") : value);
}

/** Ask the own node. What is refused is thrown as `Refusal`, an unreachable node as `LineDown`. A file goes as it is, and comes as one where `file` says so. */
export async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  media = "application/json",
  unwanted?: AbortSignal,
  file = false,
): Promise<T> {
  let answer: Response;
  let text: string;
  const wait = AbortSignal.timeout(file || body instanceof Blob ? FILE_TIMEOUT_MS : TIMEOUT_MS);
  try {
    answer = await fetch(`/api/v1/${path}`, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? {} : { "content-type": media },
      body: body === undefined ? null : body instanceof Blob ? body : JSON.stringify(body),
      signal: unwanted ? AbortSignal.any([unwanted, wait]) : wait,
    });
    if (file && answer.ok) return (await answer.blob()) as T;
    text = await answer.text();
  } catch (fault) {
    if (unwanted?.aborted) throw new Superseded();
    throw new LineDown(String(fault));
  }
  if (answer.status === 401) {
    logInAgain();
    throw new LineDown("the session has ended");
  }
  let value: unknown;
  try {
    value = text === "" ? null : readJson(text);
  } catch {
    throw new LineDown(`an answer of status ${answer.status} that is no JSON`);
  }
  if (answer.ok) return value as T;
  const problem = (value ?? {}) as Record<string, unknown>;
  throw new Refusal(
    answer.status,
    String(problem["type"] ?? "error"),
    String(problem["detail"] ?? problem["title"] ?? `status ${answer.status}`),
    problem,
  );
}

export const get = <T>(path: string, unwanted?: AbortSignal): Promise<T> => ask<T>("GET", path, undefined, undefined, unwanted);
export const post = <T>(path: string, body: unknown, media?: string, unwanted?: AbortSignal): Promise<T> =>
  ask<T>("POST", path, body, media, unwanted);
export const put = <T>(path: string, body: unknown, media?: string): Promise<T> => ask<T>("PUT", path, body, media);

/** The media type of a notice file. */
export const GEOJSON = "application/geo+json";
