// Two plans side by side: the left pane is cut at the curtain, the right pane begins there.
export function addCurtain(map, slider) {
  const left = map.getPane("left");
  const right = map.getPane("right");
  const line = document.getElementById("curtain-line");

  function draw() {
    const { x: width, y: height } = map.getSize();
    const at = width * slider.value / 100;
    const corner = map.containerPointToLayerPoint([0, 0]);
    const end = map.containerPointToLayerPoint([width, height]);
    const cut = corner.x + at;
    left.style.clip = `rect(${corner.y}px, ${cut}px, ${end.y}px, ${corner.x}px)`;
    right.style.clip = `rect(${corner.y}px, ${end.x}px, ${end.y}px, ${cut}px)`;
    line.style.left = `${at}px`;
  }
  slider.addEventListener("input", draw);
  map.on("move zoom resize", draw);
  draw();
}
