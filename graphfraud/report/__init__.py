"""The report: one self-contained HTML page with the top rings drawn and explained, to mail to somebody."""

from graphfraud.report.page import render_report as render_report
from graphfraud.report.timeline import bin_times as bin_times
from graphfraud.report.timeline import sparkline as sparkline
