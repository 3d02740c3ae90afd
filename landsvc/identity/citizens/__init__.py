"""Let citizens have accounts of their own: proven by a telephone, an e-mail address, or the national identity."""
