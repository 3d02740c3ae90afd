// Names of communes, once they have room; where two would touch, the first in the list stays.
const L = window.L;
const firstZoom = 10;
const lastZoom = 16;
const letterWidth = 7.5;
const lineHeight = 18;

export function addCommuneNames(map, communes) {
  const markers = communes.map(([name, lon, lat]) => ({ name, place: L.latLng(lat, lon), marker: nameMarker(name, lat, lon) }));
  const group = L.layerGroup().addTo(map);

  function follow() {
    group.clearLayers();
    if (map.getZoom() < firstZoom || map.getZoom() >= lastZoom) return;
    const taken = [];
    for (const { name, place, marker } of markers) {
      const { x, y } = map.project(place);
      const half = name.length * letterWidth / 2;
      const box = L.bounds([x - half, y - lineHeight / 2], [x + half, y + lineHeight / 2]);
      if (taken.some((other) => other.intersects(box))) continue;
      taken.push(box);
      group.addLayer(marker);
    }
  }
  map.on("zoomend", follow);
  follow();
}

function nameMarker(name, lat, lon) {
  const text = document.createElement("span");
  text.textContent = name;
  return L.marker([lat, lon], {
    interactive: false,
    keyboard: false,
    icon: L.divIcon({ className: "commune-name", html: text, iconSize: [0, 0] }),
  });
}
