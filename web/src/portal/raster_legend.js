// Which rasters are shown and how strongly: boxes and sliders of the legend, remembered on this device.
import { choices, keepChoice } from "../raster_choice.js";

/** Join the check boxes and sliders of the legend with the layers. */
export function createRasters(map, { rasters = [] }) {
  const kept = choices();
  const credit = document.getElementById("raster-credit");
  for (const { name } of rasters) {
    const box = document.getElementById(`show-raster-${name}`);
    const slider = document.getElementById(`opacity-raster-${name}`);
    box.checked = kept[name]?.shown ?? false;
    slider.value = kept[name]?.opacity ?? 100;
    const apply = () => {
      map.showRaster(name, box.checked, slider.value / 100);
      slider.disabled = !box.checked;
      tellCredit();
    };
    for (const input of [box, slider]) {
      input.addEventListener("input", () => {
        keepChoice(name, { shown: box.checked, opacity: Number(slider.value) });
        apply();
      });
    }
    apply();
  }

  function tellCredit() {
    const shown = rasters.filter(({ name }) => document.getElementById(`show-raster-${name}`).checked);
    credit.textContent = [...new Set(shown.map((each) => each.attribution).filter(Boolean))].join(" · ");
  }
}
