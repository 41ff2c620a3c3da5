"""graphfraud finds fraud rings in auto-finance applications: from files to explained gangs, without labels."""
