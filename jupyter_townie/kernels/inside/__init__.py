"""Source that is sent into a user's kernel: standard library only, imported by nothing on this side."""
