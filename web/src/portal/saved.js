// What is kept on this device: shown as links with their day and hour, and cleared when the reader wants it.
import { isOurs, keptAt, keptTitle, momentOf, stores } from "../app/names.js";
import { forgetView } from "./last_view.js";
import { make, say, t } from "./page.js";

const clear = document.getElementById("clear");

async function lines(store, addressOf) {
  const cache = await caches.open(store);
  const found = await Promise.all((await cache.keys()).map(async (request) => {
    const { headers } = await cache.match(request);
    const title = decodeURIComponent(headers.get(keptTitle) ?? "");
    return { at: headers.get(keptAt), title, address: addressOf(new URL(request.url)) };
  }));
  return found.filter((each) => each.address).sort((one, other) => (one.at < other.at ? 1 : -1));
}

const line = ({ at, title, address }) => make("li", {},
  make("a", { href: address, textContent: title || address }),
  make("span", { className: "place", textContent: t("keptAt", { moment: momentOf(at) }) }));

async function show() {
  const answers = await lines(stores.answers, (url) => `/${url.search}`);
  const isShown = new Set(["/", "/saved"]); // the map, whose answers stand above, and this page
  const pages = await lines(stores.pages, ({ pathname, search }) => (isShown.has(pathname) ? "" : pathname + search));
  for (const [id, rows] of [["saved-answers", answers], ["saved-pages", pages]]) {
    document.getElementById(id).replaceChildren(...rows.map(line));
    document.getElementById(id).parentElement.hidden = rows.length === 0;
  }
  const isEmpty = answers.length + pages.length === 0;
  document.getElementById("saved-none").hidden = !isEmpty;
}

async function forget() {
  clear.disabled = true;
  const names = (await caches.keys()).filter(isOurs);
  await Promise.all(names.map((name) => caches.delete(name)));
  forgetView();
  await show();
  clear.disabled = false;
  say(t("keptCleared"), { lasting: true });
}

if ("caches" in window) {
  show();
  clear.hidden = false;
  clear.addEventListener("click", forget);
}
