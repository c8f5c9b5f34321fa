"""Reference roles, comparisons with them and teams made of them: values in, values out."""
