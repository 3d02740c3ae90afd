"""House addresses: number, street and quarter on a parcel, in time; found both ways."""
