"""What Carrel adds to marimo inside a notebook's sandbox."""
