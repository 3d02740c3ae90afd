"""Applications written from home (đơn nộp trực tuyến): drafts that become dossiers."""
