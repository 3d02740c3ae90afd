"""Builders of real rows, shared by every ring of tests."""
