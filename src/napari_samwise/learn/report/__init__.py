"""What ``evaluate`` leaves behind to look at: tables, a plot, and the worst objects."""
