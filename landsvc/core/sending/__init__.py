"""Send messages to people: by e-mail, by a messaging service, or into their inbox on the page."""
