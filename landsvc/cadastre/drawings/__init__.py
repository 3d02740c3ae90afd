"""Drawings on paper: numbered corners, edge lengths, neighbours, to scale; drawn by us as SVG."""
