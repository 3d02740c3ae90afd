// A tile names a parcel in parts: what repeats is sent once for the whole tile. That name is for reading: after a
// second map two parcels may bear it. What a link carries is the feature's own number, which is the parcel's identity.
export function parcelRef({ ref, commune, sheet, no }) {
  return commune && no ? `${commune}-${sheet}-${no}` : ref;
}

/** What a link names the parcel of a tile's or a list's feature by. */
export const unitRef = (id) => `unit-${id}`;
