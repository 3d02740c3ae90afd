"""Lay a believable province on the real communes of the former Bình Phước, for trying out and for measuring."""
