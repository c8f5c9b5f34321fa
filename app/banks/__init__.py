"""Item banks: the files that authors write, what is wrong with them, and what is published from them."""
