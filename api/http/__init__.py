"""The HTTP front door: the JSON API that approval flows and other programs call. One router a noun."""
