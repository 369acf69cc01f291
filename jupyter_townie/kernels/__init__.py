"""Running code in a kernel, and looking at what it holds, without getting in its user's way."""
