// The citizen's page: join the map, the search, the answer panel and the small tools.
import { createMap } from "./map.js";
import { createPanel } from "./panel.js";
import { createSearch } from "./search.js";
import { createLegend } from "./legend.js";
import { createList } from "./list.js";
import { createLocate } from "./locate.js";
import { config, say, t } from "./page.js";
import { createRasters } from "./rasters.js";
import { shareLinks } from "./share.js";

const map = createMap(document.getElementById("map"), config);
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

// Tests and a slow phone wait for this mark.
map.ol.once("rendercomplete", () => document.documentElement.setAttribute("data-map", "ready"));
