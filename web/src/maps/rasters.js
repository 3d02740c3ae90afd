// Rasters in a Folium map: the strength of all of them, and which are shown, remembered on this device.
import { choices, keepChoice } from "../raster_choice.js";

const everything = "*";

export function addRasters(map, { rasters = [] }) {
  const slider = document.getElementById("raster-opacity");
  if (!slider || !rasters.length) return;
  const kept = choices();
  const pane = map.getPane("rasters");
  const apply = () => { pane.style.opacity = slider.value / 100; };
  slider.value = kept[everything]?.opacity ?? 100;
  slider.addEventListener("input", () => {
    keepChoice(everything, { opacity: Number(slider.value) });
    apply();
  });
  apply();

  for (const { name, layer } of rasters) {
    const tiles = window[layer]; // the name Folium gave it
    if (kept[name]?.shown) map.addLayer(tiles);
    tiles.on("add remove", ({ type }) => keepChoice(name, { ...choices()[name], shown: type === "add" }));
  }
}
