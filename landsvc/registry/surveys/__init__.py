"""Lead rights from the parcels of an old map to those of a new survey, where a person has to say which."""
