// The citizen's page: join the search, the answer panel and the small tools; the map follows when they stand.
import "../app/app.js";
import { createPanel } from "./panel.js";
import { createSearch } from "./search.js";
import { createLegend } from "./legend.js";
import { createList } from "./list.js";
import { createLocate } from "./locate.js";
import { mapLater } from "./map_later.js";
import { config, say, t } from "./page.js";
import { createRasters } from "./raster_legend.js";
import { lost, onBack } from "./recovery.js";
import { shareLinks } from "./share.js";

const map = mapLater();
const panel = createPanel(map);

createSearch(map, panel);
createLegend(map, config);
createRasters(map, config);
createList(map, panel);
createLocate(map, panel);
shareLinks();

map.onTap((lonLat) => panel.askPoint(lonLat));
window.addEventListener("offline", () => say(t("offline"), { lasting: true }));
window.addEventListener("online", () => say(t("online")));

// The library of the map is ten times the rest: what can be read already is shown before it is asked for.
async function bringMap() {
  try {
    const { createMap } = await import("./map.js");
    const drawn = createMap(document.getElementById("map"), config);
    map.arrive(drawn);
    // Tests and a slow phone wait for this mark.
    drawn.ol.once("rendercomplete", () => document.documentElement.setAttribute("data-map", "ready"));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // that it did not come is one
    wanted = true;
    lost();
  }
}

let wanted = false;
onBack(() => {
  if (!wanted) return;
  wanted = false;
  bringMap();
});
requestAnimationFrame(() => setTimeout(bringMap));
