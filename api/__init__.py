"""The front doors: the command line `graphfraud` and HTTP."""
