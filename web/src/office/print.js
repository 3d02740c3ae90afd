// The page of a map extract: its print button works only with this script, so it is shown by it.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
