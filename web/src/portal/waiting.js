// A page that waits for money looks again by itself, gently: only while somebody looks at it, ever more rarely, and it
// changes nothing where nothing changed. Without this script the button does the same.
const FIRST_MS = 15000;
const LONGEST_MS = 120000;
const form = document.getElementById("again");

async function lookAgain() {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("standing");
  const now = document.getElementById("standing");
  if (next && next.textContent !== now.textContent) now.replaceChildren(...next.childNodes);
}

function wait(pause) {
  setTimeout(async () => {
    if (document.visibilityState === "visible") await lookAgain().catch(() => {});
    wait(Math.min(pause * 1.5, LONGEST_MS));
  }, pause);
}

wait(FIRST_MS);
