"""Know who asks: accounts, roles, sessions, API clients and their tokens, and the trace they leave."""
