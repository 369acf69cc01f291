"""The edge of generated apps: their trusted wrapper, their own pages, and the REST calls of the panel."""
