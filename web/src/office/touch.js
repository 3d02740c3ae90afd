// Fingers: they cover what they point at, so they reach further than a mouse.
const coarse = matchMedia("(pointer: coarse)");

/** Return whether the reader points with a finger. */
export const byFinger = () => coarse.matches;

/** Return how near a place counts as hit, in pixels. */
export const reach = () => (coarse.matches ? 22 : 12);

/** Return how far a press may wander and still be one tap, in pixels. */
export const wander = () => (coarse.matches ? 12 : 5);
