"""Pages for officers: sign-in, the workspace, what is printed."""
