"""Edit the fabric: drafts kept by the server, exact operations, rules, preview and commit by one code path."""
