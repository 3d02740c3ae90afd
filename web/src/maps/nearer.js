// Parcels come as tiles from a certain zoom on; until then the map says that they are there.
export function addNearerNote(map, { parcelZoom, words }) {
  if (parcelZoom === undefined || parcelZoom === null) return;
  const note = document.createElement("p");
  note.className = "come-nearer";
  note.setAttribute("role", "status");
  note.textContent = words.comeNearer;
  map.getContainer().after(note);
  const follow = () => { note.hidden = map.getZoom() >= parcelZoom; };
  map.on("zoomend", follow);
  follow();
}
