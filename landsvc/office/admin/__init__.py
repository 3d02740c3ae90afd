"""Pages by which administrators look after people, branches, the trail and what the province sets."""
