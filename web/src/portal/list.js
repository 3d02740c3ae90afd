// The text twin of the map: the parcels in view as a list of links, for keyboard and screen reader.
import { config, make, number, t } from "./page.js";

const most = 60;

export function createList(map, panel) {
  const box = document.getElementById("in-view");
  const list = document.getElementById("in-view-list");
  const empty = document.getElementById("in-view-empty");

  function refresh() {
    if (!box.open) return;
    const parcels = map.parcelsInView();
    const shown = parcels.slice(0, most);
    list.replaceChildren(...shown.map(line));
    empty.textContent = parcels.length === 0 ? empty.dataset.none ?? empty.textContent
      : t(parcels.length > most ? "inViewMany" : "inViewCount", { count: number(parcels.length), shown: most });
  }

  function line({ link: parcel, no, sheet, use, area }) {
    const link = make("a", { href: `/?parcel=${encodeURIComponent(parcel)}` },
      make("strong", { textContent: t("parcelLine", { number: no ?? "?", sheet: sheet ?? "?" }) }),
      make("span", { textContent: [useNames(use), area && `${number(area, 1)} m²`].filter(Boolean).join(" · ") }));
    link.addEventListener("click", (event) => {
      event.preventDefault();
      panel.askParcel(parcel);
    });
    return make("li", {}, link);
  }

  empty.dataset.none = empty.textContent;
  box.addEventListener("toggle", refresh);
  map.onSettled(refresh);
}

function useNames(use) {
  return String(use ?? "").split("+").filter(Boolean).map((code) => config.uses[code]?.name ?? code).join(", ");
}
