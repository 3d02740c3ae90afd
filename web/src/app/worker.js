// The worker between the pages and the network. The network answers while there is one; what it answered is kept and
// given again, with its day and hour, when there is none. The server says what may be kept (portal/kept.py); pages of
// somebody signed in, of officers and what was typed into forms never are. /sw.js says in front which build this is.
import { covers } from "./covers.js";
import { keptAt, keptBy, keptNames, keptTitle, momentOf, stores } from "./names.js";

const { build, shell } = self.landsvc;
const assets = stores.assets + build;
const most = { [stores.pages]: 20, [stores.answers]: 40, [stores.tiles]: 600 };
const tilesBetweenTrims = 50;
const patienceMs = 10000;
const keptPages = /^\/(?:saved|privacy|activities|taking|services(?:\/[^/]+)?)?$/;
const keptTiles = /^\/tiles\/(?:units|zones|restrictions|parcels)\/\d+\/\d+\/\d+\.mvt$/;
const neverOurs = /^\/(?:office|api|oauth)(?:\/|$)/;
let tilesPut = 0;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  if (event.data?.claim) event.waitUntil(self.clients.claim());
  if (event.data?.seen) event.waitUntil(Promise.all(event.data.seen.map(keepSeen)));
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || neverOurs.test(url.pathname)) return;
  if (event.request.mode === "navigate") event.respondWith(page(event, url));
  else if (url.pathname === "/answer") event.respondWith(answer(event, url));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(url.pathname));
  else if (keptTiles.test(url.pathname)) event.respondWith(tile(event, url));
});

async function install() {
  await Promise.all(["/", "/saved"].map((path) => keepPage(new URL(path, location), () => fetch(path, { cache: "no-cache" }))));
  await Promise.all(shell.map(asset));
  await self.skipWaiting();
}

// Files of an earlier build stay as long as a page is kept that was shown with them.
async function activate() {
  await self.clients.claim();
  const pages = await caches.open(stores.pages);
  const builds = new Set([build]);
  for (const request of await pages.keys()) builds.add((await pages.match(request)).headers.get(keptBy));
  const old = (await caches.keys()).filter((name) => name.startsWith(stores.assets) && !builds.has(name.slice(stores.assets.length)));
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function page(event, url) {
  try {
    const isKept = keptPages.test(url.pathname);
    return await patiently(event, (response) => isKept && keepPage(url, () => response.clone()), () => pageAt(url));
  } catch (error) {
    const known = await pageAt(url) ?? await mapAlone(url) ?? await missingPage();
    if (known) return known;
    throw error;
  }
}

async function answer(event, url) {
  const known = async () => await caches.match(keyOf(url), { cacheName: stores.answers }) ?? await answerNamed(url);
  try {
    return await patiently(event, (response) => keepAnswer(url, response.clone()), known);
  } catch (error) {
    const before = await known();
    if (before) return before;
    throw error;
  }
}

// What the network answers. When it says nothing for long, what is kept serves; its answer is kept for the next time.
async function patiently(event, keep, kept) {
  const asked = fetch(event.request);
  event.waitUntil(asked.then(keep).catch(() => {}));
  const late = new Promise((resolve) => { setTimeout(resolve, patienceMs); }).then(kept);
  return await Promise.race([asked, late]) ?? asked;
}

// A parcel has a link, the name people use, and its shape: an answer kept by the first is found by the others too.
async function answerNamed({ searchParams: asked }) {
  if (asked.has("validAt") || asked.has("knownAt")) return undefined;
  const place = asked.has("lon") && [Number(asked.get("lon")), Number(asked.get("lat"))];
  const answers = await caches.open(stores.answers);
  for (const request of await answers.keys()) {
    const { searchParams } = new URL(request.url);
    if (searchParams.has("validAt") || searchParams.has("knownAt")) continue;
    const known = await answers.match(request);
    if (asked.has("parcel") && namesOf(known).includes(asked.get("parcel"))) return known;
    if (place && covers(await known.clone().text(), place)) return known;
  }
  return undefined;
}

const namesOf = (known) => decodeURIComponent(known.headers.get(keptNames)).split(" ");

// Their names carry a hash of the content: what is here is never old.
async function asset(path) {
  const ours = await caches.open(assets);
  const known = await ours.match(path);
  if (known) return known;
  const response = await caches.match(path) ?? await fetch(path);
  if (response.ok) await ours.put(path, response.clone());
  return response;
}

async function tile(event, url) {
  try {
    const response = await fetch(event.request);
    event.waitUntil(keepTile(url, response.clone()));
    return response;
  } catch (error) {
    const known = await caches.match(url.pathname, { cacheName: stores.tiles });
    if (known) return known;
    throw error;
  }
}

async function keepSeen(address) {
  const url = new URL(address);
  const again = () => fetch(address, { cache: "force-cache" });
  if (url.origin !== location.origin) return;
  if (keptPages.test(url.pathname)) await keepPage(url, again);
  else if (url.pathname === "/answer") await keepAnswer(url, await again());
  else if (url.pathname.startsWith("/assets/")) await asset(url.pathname);
  else if (keptTiles.test(url.pathname)) await keepTile(url, await again());
}

async function keepTile(url, response) {
  if (!response.ok) return;
  const tiles = await caches.open(stores.tiles);
  await tiles.put(url.pathname, response);
  tilesPut += 1;
  if (tilesPut % tilesBetweenTrims === 0) await trim(stores.tiles);
}

async function keepPage(url, bring) {
  const response = await bring();
  const key = keyOf(url);
  if (response.status === 404 || response.status === 410) await (await caches.open(stores.pages)).delete(key);
  if (!mayKeep(response)) return;
  const html = await response.text();
  const [name] = inner(html, /<title>([\s\S]*?)<\/title>/).split(" · ");
  await put(stores.pages, key, html, response, [name, url.searchParams.get("parcel")].filter(Boolean).join(" · "));
  const [piece] = /<article class="answer"\s[\s\S]*?<\/article>/.exec(html) ?? [];
  if (url.pathname === "/" && piece) await putAnswer(url, piece, response);
}

async function keepAnswer(url, response) {
  if (mayKeep(response)) await putAnswer(url, await response.text(), response);
}

// However a parcel was asked for, its answer is found again by its own name, which the address of the page carries.
async function putAnswer(url, html, response) {
  const named = new URL("/answer", location);
  const link = plain(/data-link="([^"]+)"/.exec(html)?.[1] ?? "");
  if (link) named.searchParams.set("parcel", link);
  for (const [name, value] of url.searchParams) {
    if (!link || name === "validAt" || name === "knownAt") named.searchParams.set(name, value);
  }
  const title = [inner(html, /<h2[^>]*>([\s\S]*?)<\/h2>/), inner(html, /<p class="place">([^<]*)/)];
  const before = await caches.match(keyOf(named), { cacheName: stores.answers });
  const names = new Set(before ? namesOf(before) : []);
  for (const name of [url.searchParams.get("parcel"), plain(/data-ref="([^"]+)"/.exec(html)?.[1] ?? "")]) names.add(name ?? "");
  await put(stores.answers, keyOf(named), html, response, title.filter(Boolean).join(" · "), [...names].join(" "));
}

async function put(store, key, html, response, title, names = "") {
  const headers = new Headers(response.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  headers.set(keptAt, new Date().toISOString());
  headers.set(keptBy, build);
  headers.set(keptTitle, encodeURIComponent(title));
  headers.set(keptNames, encodeURIComponent(names));
  const cache = await caches.open(store);
  await cache.delete(key); // so that what was seen last stands last
  await cache.put(key, new Response(html, { headers }));
  await trim(store);
}

async function trim(store) {
  const cache = await caches.open(store);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - most[store])).map((key) => cache.delete(key)));
}

const pageAt = (url) => noted(keyOf(url), "kept");
const missingPage = () => noted("/saved", "missing");

// Of a parcel that was never opened by itself the map is shown: its script asks for the answer that is kept.
async function mapAlone(url) {
  return url.pathname === "/" && !url.searchParams.has("q") ? noted("/", "kept") : undefined;
}

// Fill the line every page has for it: in the page itself, so that it is there without any script.
async function noted(key, kind) {
  const known = await caches.match(key, { cacheName: stores.pages });
  if (!known) return undefined;
  const html = (await known.text()).replace(/<p id="kept"[^>]*>/, (tag) => {
    const words = new RegExp(`data-${kind}="([^"]*)"`).exec(tag)?.[1] ?? "";
    return tag.replace(/\s+hidden(?=[\s>])/, "") + words.replace("{moment}", momentOf(known.headers.get(keptAt)));
  });
  return new Response(html, { headers: known.headers });
}

const mayKeep = (response) => response.status === 200 && response.headers.has("Landsvc-Keep");

// A language chosen is remembered, and how exact a place was does not make another question.
function keyOf(url) {
  const params = [...url.searchParams].filter(([name]) => name !== "lang" && name !== "accuracyM");
  const query = new URLSearchParams(params.sort(([one], [other]) => (one < other ? -1 : 1)));
  return url.pathname + (params.length ? `?${query}` : "");
}

const inner = (html, pattern) => plain((pattern.exec(html)?.[1] ?? "").replace(/<[^>]+>/g, " ").replace(/\s+/g, " ").trim());

function plain(text) {
  const signs = { "&lt;": "<", "&gt;": ">", "&#34;": "\"", "&#39;": "'", "&quot;": "\"", "&amp;": "&" };
  return text.replace(/&(?:lt|gt|#34|#39|quot|amp);/g, (sign) => signs[sign]);
}
