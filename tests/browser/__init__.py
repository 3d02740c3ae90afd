"""Browser tests: a package, so that its conftest does not stand in for the shared one."""
