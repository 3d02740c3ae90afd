// A tile names a parcel in parts: what repeats is sent once for the whole tile.
export function parcelRef({ ref, commune, sheet, no }) {
  return commune && no ? `${commune}-${sheet}-${no}` : ref;
}
