"""Know who of the register an account is, and tell its owner what is theirs: land, dossiers, who looked."""
