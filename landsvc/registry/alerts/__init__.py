"""Follow a parcel, or plans around a place: asked for, confirmed, told at most once an hour, ended with one click."""
