"""Handle reference systems, geometry in and out, tiles and map building; know nothing of land."""
