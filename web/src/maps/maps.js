// Help the Folium maps: style functions their scripts name, pop-ups over several layers at once,
// opacity, the curtain between two plans, names of communes. Loaded before the map's own script.
import { addCommuneNames } from "./names.js";
import { addCurtain } from "./curtain.js";
import { addNearerNote } from "./nearer.js";
import { addLegend } from "./legend.js";
import { addRasters } from "./rasters.js";
import { addPopups, defectPopup } from "./popups.js";
import * as styles from "./styles.js";

const L = window.L;
L.DomEvent.fakeStop = L.DomEvent.stop; // VectorGrid 1.3 still calls the old name

if (L.VectorGrid) shareTiles(L.VectorGrid.Protobuf.prototype); // a map in a file has no tiles

const config = JSON.parse(document.getElementById("map-config").textContent);

window.landsvc = {
  ...styles.makeStyles(config),
  featureId: (feature) => feature.id ?? feature.properties.id ?? JSON.stringify(feature.properties),
  featureKey: (feature) => feature.id,
  fetchFeatures: (url) => (success, error) =>
    fetch(url).then((response) => {
      if (!response.ok) throw new Error(`status ${response.status}`);
      return response.json();
    }).then(success, error),
  defectStyle: () => ({ color: "#b3261e", weight: 3, fillColor: "#b3261e", fillOpacity: 0.5 }),
  defectPopup: (feature, layer) => layer.bindPopup(() => defectPopup(feature.properties, config.words)),
  isNarrow: () => matchMedia("(max-width: 899px)").matches,
  start,
};

/** Let layers that show parts of the same tile fetch and read it once. */
function shareTiles(protobuf) {
  const readTile = protobuf._getVectorTilePromise;
  const kept = new Map();
  protobuf._getVectorTilePromise = function shared(coords) {
    const key = `${this._url} ${coords.z}/${coords.x}/${coords.y}`;
    if (!kept.has(key)) {
      kept.set(key, readTile.call(this, coords));
      if (kept.size > 300) kept.delete(kept.keys().next().value);
    }
    return kept.get(key);
  };
}

/** Finish a map that Folium has just made. */
function start(map) {
  map.attributionControl.setPrefix(false);
  map.zoomControl.setPosition("bottomright");
  L.control.scale({ imperial: false }).addTo(map);
  nameGroupBoxes(map.getContainer());
  addPopups(map, config);
  addCommuneNames(map, config.communes);
  addLegend(map, config);
  opacityControl(map);
  addRasters(map, config);
  addNearerNote(map, config);
  if (config.compare) addCurtain(map, document.getElementById("curtain"));
  map.whenReady(() => document.documentElement.setAttribute("data-map", "ready"));
  window.addEventListener("resize", () => map.invalidateSize());
}

// The tree control gives the box that takes a whole group no name of its own.
function nameGroupBoxes(container) {
  for (const box of container.querySelectorAll(".leaflet-layerstree-sel-all-checkbox")) {
    box.setAttribute("aria-label", box.closest(".leaflet-layerstree-header")?.textContent.trim() ?? "");
  }
}

function opacityControl(map) {
  const slider = document.getElementById("map-opacity");
  if (!slider) return;
  const panes = ["zones", "left", "right", ...(map.getPane("defects") ? ["parcels"] : [])];
  const apply = () => {
    for (const name of panes) {
      const pane = map.getPane(name);
      if (pane) pane.style.opacity = slider.value / 100;
    }
  };
  slider.addEventListener("input", apply);
  apply();
}
