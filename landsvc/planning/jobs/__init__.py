"""Work of the planning room that runs beside the requests."""
