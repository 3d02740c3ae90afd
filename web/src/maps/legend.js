// The legend fills itself with the land uses that tiles have brought.
const L = window.L;

export function addLegend(map, { uses }) {
  const list = document.getElementById("map-legend");
  if (!list) return;
  const seen = new Set([...list.querySelectorAll("[data-code]")].map((item) => item.dataset.code));
  map.eachLayer((grid) => { if (grid._vectorTiles) grid.on("load", () => collect(grid)); });
  map.on("layeradd", ({ layer }) => { if (layer._vectorTiles) layer.on("load", () => collect(layer)); });

  function collect(grid) {
    for (const tile of Object.values(grid._vectorTiles)) {
      for (const { feature } of Object.values(tile._features)) {
        const { code, use, theme } = feature.properties;
        add(theme ? use ?? code : String(use ?? "").split("+")[0]);
      }
    }
  }

  function add(code) {
    if (!code || seen.has(code) || !uses[code]) return;
    seen.add(code);
    const item = L.DomUtil.create("li", "");
    item.dataset.code = code;
    const chip = L.DomUtil.create("span", "chip-color", item);
    chip.style.backgroundColor = uses[code].color;
    L.DomUtil.create("span", "code", item).textContent = code;
    L.DomUtil.create("span", "chip-name", item).textContent = uses[code].name;
    const after = [...list.children].find((other) => other.dataset.code > code);
    list.insertBefore(item, after ?? null);
  }
}
