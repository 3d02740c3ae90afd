"""Compare what each side counts of a day: the office, the tax office, the channels; until nothing is left open."""
