"""Play the other offices: small programs that speak HTTP to the service as their machines would."""
