"""Show officers what is owed on land and by the parties of a case; each reading is traced."""
