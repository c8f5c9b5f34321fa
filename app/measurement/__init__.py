"""Item response theory: from answers to a posterior of theta, the next item, the moment to stop. Pure NumPy, no I/O."""
