"""Pages of dossiers: my tasks, reception, a dossier with what may be done, and the papers it gives people."""
