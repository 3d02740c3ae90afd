// Share links: the phone's own sheet where there is one, else the clipboard, else the link as text.
import { say, t } from "./page.js";

export function shareLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-share]");
    if (!link) return;
    event.preventDefault();
    share(link.href + location.hash, link.dataset.title);
  });
}

async function share(url, title) {
  if (navigator.share) {
    try {
      await navigator.share({ url, title });
      return;
    } catch (error) {
      if (error.name === "AbortError") return; // the reader closed the sheet
    }
  }
  try {
    await navigator.clipboard.writeText(url);
    say(t("linkCopied"));
  } catch {
    say(t("linkShown", { link: url }), { lasting: true });
  }
}
