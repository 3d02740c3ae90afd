// Names of communes, once they have room.
const L = window.L;
const firstZoom = 10;

export function addCommuneNames(map, communes) {
  const group = L.layerGroup(communes.map(([name, lon, lat]) => {
    const text = document.createElement("span");
    text.textContent = name;
    return L.marker([lat, lon], {
      interactive: false,
      keyboard: false,
      icon: L.divIcon({ className: "commune-name", html: text, iconSize: [0, 0] }),
    });
  }));
  const follow = () => {
    if (map.getZoom() >= firstZoom && map.getZoom() < 16) group.addTo(map);
    else group.remove();
  };
  map.on("zoomend", follow);
  follow();
}
