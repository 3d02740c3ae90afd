"""Answer requests for land data: who may learn what, the signed reply, and who took it (cung cấp dữ liệu đất đai)."""
