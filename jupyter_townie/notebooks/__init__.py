"""A notebook as something to read, edit and run, wherever it lives: open in a browser, or a file."""
