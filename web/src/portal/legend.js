// Legend and layers: what is on the map, how strongly, and the land uses in view with their colours.
import { make, swatch } from "./page.js";

export function createLegend(map, { uses }) {
  const list = document.getElementById("legend-uses");
  const empty = document.getElementById("legend-empty");
  const opacity = document.getElementById("opacity");
  for (const name of ["zones", "restrictions", "parcels"]) {
    const box = document.getElementById(`show-${name}`);
    box.addEventListener("change", () => map.showLayer(name, box.checked));
  }
  opacity.addEventListener("input", () => map.setZoneOpacity(opacity.value / 100));
  map.setZoneOpacity(opacity.value / 100);

  function refresh() {
    if (!document.getElementById("legend").open) return;
    const rows = map.zonesInView();
    list.replaceChildren(...rows.map(({ code, name, color }) => make("li", {},
      swatch(color),
      make("span", { className: "code", textContent: code }),
      make("span", { className: "chip-name", textContent: uses[code]?.name ?? name ?? "" }))));
    empty.hidden = rows.length > 0;
  }

  document.getElementById("legend").addEventListener("toggle", refresh);
  map.onSettled(refresh);
}
