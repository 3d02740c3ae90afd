// Help the Folium maps: what Leaflet's plugins need before a map is made.
if (window.L) window.L.DomEvent.fakeStop = window.L.DomEvent.stop; // VectorGrid 1.3 still calls the old name
