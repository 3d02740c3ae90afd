// Ask the API as the signed-in officer: JSON in and out, the CSRF token with every change, problems as errors.
import { config, t } from "../portal/page.js";
import { lost } from "../portal/recovery.js";

/** What the API answered instead of what was asked for (RFC 9457), or that it did not answer. */
export class Problem extends Error {
  constructor(body) {
    super(body.detail ?? body.title);
    this.body = body;
  }
}

export const get = (path, options) => call("GET", path, undefined, options);
export const post = (path, body = {}) => call("POST", path, body);
export const put = (path, body) => call("PUT", path, body);
export const remove = (path) => call("DELETE", path);

async function call(method, path, body, { signal } = {}) {
  const headers = { Accept: "application/json", "Accept-Language": config.language };
  if (method !== "GET") headers["X-CSRF-Token"] = config.csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(`/api/v1${path}`, { method, headers, signal, body: body && JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    lost();
    throw new Problem({ code: "no-answer", title: navigator.onLine ? t("failed") : t("offline"), remedy: t("draftKept") });
  }
  if (response.status === 204) return null;
  const type = response.headers.get("content-type") ?? "";
  const answer = type.includes("json") ? await response.json() : { title: t("failed"), status: response.status };
  if (!response.ok) throw new Problem(answer);
  return answer;
}

/** Return a path segment for a reference: slashes and accents may stand in one. */
export const part = (text) => encodeURIComponent(text);
