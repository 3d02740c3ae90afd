"""Tell a person who looked at what is known of them."""
