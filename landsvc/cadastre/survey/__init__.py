"""Work out boundary points from what a surveyor measured: distances, offsets, angles, traverses, pasted tables."""
