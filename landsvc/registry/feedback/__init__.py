"""Hear people: reports from the ground, and objections while a plan is on public display."""
