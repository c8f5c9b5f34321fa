"""How we answer: routes, pages, problems, protection. Reached only through the faces of a feature."""
