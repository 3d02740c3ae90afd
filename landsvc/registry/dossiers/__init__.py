"""Dossiers (hồ sơ): procedures as data, the working-day clock, and the way of an application through the office."""
