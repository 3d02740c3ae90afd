// What the worker, the page and the list of what is kept call the same things.
const own = "landsvc-";

export const stores = { pages: `${own}pages`, answers: `${own}answers`, tiles: `${own}tiles`, assets: `${own}assets-` };
export const isOurs = (name) => name.startsWith(own);

/** Headers of what is kept: when, by which build, and what to call it, and how its parcel was named (URI-encoded). */
export const keptAt = "Landsvc-Kept-At";
export const keptBy = "Landsvc-Kept-By";
export const keptTitle = "Landsvc-Kept-Title";
export const keptNames = "Landsvc-Kept-Names";

/** Write an instant as forms do, in the order of its parts: 14:05 23/11/2026. */
export function momentOf(text) {
  const at = new Date(text);
  const two = (value) => String(value).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())} ${two(at.getDate())}/${two(at.getMonth() + 1)}/${at.getFullYear()}`;
}
